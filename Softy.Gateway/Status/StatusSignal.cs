using Softy.Gateway.Health;

namespace Softy.Gateway.Status;

/// <summary>Notifies watchers of the status when the health of a replica changes.</summary>
internal sealed class StatusSignal
{
    private TaskCompletionSource _next = NewSource();

    public StatusSignal(HealthTracker health) => health.Changed += (_, _) => Raise();

    /// <summary>Completes at the next change.</summary>
    public Task NextChange => Volatile.Read(ref _next).Task;

    private void Raise() => Interlocked.Exchange(ref _next, NewSource()).TrySetResult();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
