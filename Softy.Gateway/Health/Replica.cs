using Softy.Gateway.Measurements;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>
/// The gateway's state of one destination, in addition to YARP's. Only the <see cref="HealthTracker"/> changes the
/// state that affects routing, and does so under its lock. Any thread may read it.
/// </summary>
internal sealed class Replica(DestinationState destination)
{
    private long _requests;
    private long _failures;
    private long _retries;
    private int _failuresInARow;
    private volatile string _name = destination.DestinationId;
    private volatile string? _service;
    private volatile Ejection? _ejection;
    private volatile bool _isDraining;
    private volatile bool _isStopped;
    private volatile Http2Endpoint? _http2;

    public DestinationState Destination { get; } = destination;

    /// <summary>The name that the replica reports, or the gateway's name for it until then.</summary>
    public string Name
    {
        get => _name;
        set => _name = value;
    }

    /// <summary>The service that the replica reports to belong to.</summary>
    public string? Service
    {
        get => _service;
        set => _service = value;
    }

    /// <summary>The port for HTTP/2 that the replica announces, if it announces one.</summary>
    public Http2Endpoint? Http2
    {
        get => _http2;
        set => _http2 = value;
    }

    /// <summary>Whether the replica reports that it is draining.</summary>
    public bool IsDraining
    {
        get => _isDraining;
        set => _isDraining = value;
    }

    /// <summary>
    /// Whether no process listens at the address and none is expected to: the replica was not started yet, or it has
    /// drained and stopped. A stopped replica is not part of the service, and does not count as unhealthy.
    /// </summary>
    public bool IsStopped
    {
        get => _isStopped;
        set => _isStopped = value;
    }

    /// <summary>Whether the replica has answered a probe since it was stopped.</summary>
    public bool HasResponded { get; set; }

    /// <summary>When the replica first answered after it was stopped, as a monotonic timestamp.</summary>
    public long? StartingSince { get; set; }

    /// <summary>When the replica began to drain, as a monotonic timestamp.</summary>
    public long DrainingSince { get; set; }

    /// <summary>The current ejection, or <see langword="null"/> if the replica is not ejected.</summary>
    public Ejection? Ejection
    {
        get => _ejection;
        set => _ejection = value;
    }

    /// <summary>How many probes in a row have failed.</summary>
    public int ProbeFailures { get; set; }

    /// <summary>When the replica last answered a request that was no probe, as a monotonic timestamp.</summary>
    public long LastResponseAt { get; set; }

    public LatencyWindow Latency { get; } = new();

    public long Requests => Interlocked.Read(ref _requests);

    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>How many of the requests were retries after a failure of another replica.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>How many requests in a row have failed.</summary>
    public int FailuresInARow => Volatile.Read(ref _failuresInARow);

    /// <summary>
    /// Whether the replica takes new requests. Replicas that were never probed count only if <paramref
    /// name="allowUnknown"/> is set.
    /// </summary>
    public bool AcceptsRequests(bool allowUnknown) =>
        !_isDraining
        && _ejection is null
        && Destination.Health.Active switch
        {
            DestinationHealth.Healthy => true,
            DestinationHealth.Unknown => allowUnknown,
            _ => false,
        };

    public void CountRequest() => Interlocked.Increment(ref _requests);

    public void CountRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Counts a failed request.</summary>
    /// <returns>The number of failures in a row.</returns>
    public int CountFailure()
    {
        Interlocked.Increment(ref _failures);
        return Interlocked.Increment(ref _failuresInARow);
    }

    public void ResetFailures()
    {
        // Avoids writing the shared cache line in the usual case that there are no failures to reset.
        if (Volatile.Read(ref _failuresInARow) != 0)
        {
            Volatile.Write(ref _failuresInARow, 0);
        }
    }
}
