using Softy.Gateway.Configuration;

namespace Softy.Gateway.Health;

/// <summary>Knows whether somebody uses the gateway: sends requests, or watches its status.</summary>
internal sealed class GatewayUse(LiveOptions<ProbeOptions> probing, TimeProvider time)
{
    /// <summary>After so many intervals of probes without use, the gateway is quiet.</summary>
    private const int QuietIntervals = 10;

    private volatile bool _isUsed = true;
    private long _lastUse;
    private TaskCompletionSource _next = NewSource();

    /// <summary>
    /// Completes with the next use, if <see cref="IsQuiet"/> returns <see langword="true"/> after this was read.
    /// </summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Reports that the gateway is used.</summary>
    public void Report()
    {
        // Writes only once between two calls of IsQuiet, because requests on all cores read the same cache line.
        if (!_isUsed)
        {
            _isUsed = true;
            Interlocked.Exchange(ref _next, NewSource()).TrySetResult();
        }
    }

    /// <summary>Whether nobody has used the gateway for some time.</summary>
    public bool IsQuiet()
    {
        if (_isUsed)
        {
            _isUsed = false;
            Volatile.Write(ref _lastUse, time.GetTimestamp());
            return false;
        }

        return time.GetElapsedTime(Volatile.Read(ref _lastUse)) >= QuietIntervals * probing.Current.Interval;
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
