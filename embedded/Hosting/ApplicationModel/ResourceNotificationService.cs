using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Keeps the state of every resource and tells of its changes. Stands for Aspire's class of that name.</summary>
public sealed class ResourceNotificationService
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<Channel<ResourceEvent>> _watchers = [];

    /// <summary>Waits until a resource has a state.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="targetState">The state; <see cref="KnownResourceStates.Running"/> if null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Completes when it has.</returns>
    public Task WaitForResourceAsync(
        string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    /// <summary>Waits until a resource has one of several states.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="targetStates">The states.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state that it has.</returns>
    public async Task<string> WaitForResourceAsync(
        string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = await WaitForResourceAsync(
            resourceName, e => e.Snapshot.State is { } state && states.Contains(state.Text), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    /// <summary>Waits until something is true of a resource.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="predicate">What must be true.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The event of which it is true.</returns>
    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var change in WatchAsync(cancellationToken))
        {
            if (string.Equals(change.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(change))
            {
                return change;
            }
        }

        throw new OperationCanceledException($"The wait for '{resourceName}' was ended.", cancellationToken);
    }

    /// <summary>Waits until a resource is healthy; ends with an error when it cannot become so.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The event that told so.</returns>
    /// <exception cref="DistributedApplicationException">The resource failed to start or has ended.</exception>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, WaitBehavior.StopOnResourceUnavailable, cancellationToken);

    /// <summary>Waits until a resource is healthy.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="waitBehavior">What to do when it fails to start or ends.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The event that told so.</returns>
    /// <exception cref="DistributedApplicationException">The resource failed to start or has ended.</exception>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var stop = waitBehavior == WaitBehavior.StopOnResourceUnavailable;
        var reached = await WaitForResourceAsync(
            resourceName,
            e => (e.Snapshot.HealthStatus == HealthStatus.Healthy && e.Snapshot.ResourceReady is not null)
                || (stop && IsUnavailable(e.Snapshot)),
            cancellationToken);

        if (IsUnavailable(reached.Snapshot))
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy: its state is "
                + $"'{reached.Snapshot.State!.Text}'{DescribeExitCode(reached.Snapshot)}.");
        }

        await reached.Snapshot.ResourceReady!.WaitAsync(cancellationToken);
        return reached;
    }

    /// <summary>Tells the present state of every resource, then every change.</summary>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <returns>The states and changes.</returns>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>(new() { SingleReader = true });
        lock (_lock)
        {
            foreach (var state in _current.Values)
            {
                channel.Writer.TryWrite(state);
            }

            _watchers.Add(channel);
        }

        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(channel);
            }
        }
    }

    /// <summary>The present state of a resource.</summary>
    /// <param name="resourceId">Its id or name.</param>
    /// <param name="resourceEvent">The state.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_lock)
        {
            return _current.TryGetValue(resourceId, out resourceEvent);
        }
    }

    /// <summary>Changes the state of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="stateFactory">Makes the new state from the present one.</param>
    /// <returns>Completes when everyone was told.</returns>
    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (_lock)
        {
            var before = _current.TryGetValue(resource.Name, out var known)
                ? known.Snapshot
                : new CustomResourceSnapshot { ResourceType = string.Empty, Properties = [] };
            var after = new ResourceEvent(resource, resource.Name, stateFactory(before));
            _current[resource.Name] = after;
            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(after);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>How many watch for changes.</summary>
    internal int CountWatchers()
    {
        lock (_lock)
        {
            return _watchers.Count;
        }
    }

    internal static bool IsUnavailable(CustomResourceSnapshot snapshot) =>
        snapshot.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text);

    internal static string DescribeExitCode(CustomResourceSnapshot snapshot) =>
        snapshot.ExitCode is { } code ? $" (exit code {code})" : string.Empty;
}
