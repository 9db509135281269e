using Softy.Gateway.Measurements;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>
/// What the gateway knows about one destination, beside what YARP keeps. Whatever decides who takes requests is changed
/// by the <see cref="HealthTracker"/> alone, under its lock, and may be read by anyone.
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

    public DestinationState Destination { get; } = destination;

    /// <summary>The name that the replica gives itself, or the gateway's own name for it until it has said one.</summary>
    public string Name
    {
        get => _name;
        set => _name = value;
    }

    /// <summary>The service that whoever answers at this address says it is a replica of.</summary>
    public string? Service
    {
        get => _service;
        set => _service = value;
    }

    /// <summary>Set while the replica says that it is leaving.</summary>
    public bool IsDraining
    {
        get => _isDraining;
        set => _isDraining = value;
    }

    /// <summary>
    /// Set while nobody listens at the address and nobody is missed: the replica has not been started yet, or it has
    /// said that it is leaving and has left. It is no part of the service then, and not sick.
    /// </summary>
    public bool IsStopped
    {
        get => _isStopped;
        set => _isStopped = value;
    }

    /// <summary>Whether anybody has answered at the address since the replica was stopped.</summary>
    public bool HasResponded { get; set; }

    /// <summary>When somebody first answered at the address after the replica was stopped, by the process's monotonic clock.</summary>
    public long? StartingSince { get; set; }

    /// <summary>When the replica said that it is leaving, by the process's monotonic clock.</summary>
    public long DrainingSince { get; set; }

    /// <summary>Set while the replica is out because requests failed; cleared when it is back.</summary>
    public Ejection? Ejection
    {
        get => _ejection;
        set => _ejection = value;
    }

    /// <summary>How many probes in a row have failed.</summary>
    public int ProbeFailures { get; set; }

    /// <summary>When the replica last answered a real request, by the process's monotonic clock.</summary>
    public long LastResponseAt { get; set; }

    public LatencyWindow Latency { get; } = new();

    public long Requests => Interlocked.Read(ref _requests);

    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>How many of the requests came here because another replica had failed them.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>How many requests in a row have failed.</summary>
    public int FailuresInARow => Volatile.Read(ref _failuresInARow);

    /// <summary>Whether new requests may come here; destinations without a verdict count if the caller says so.</summary>
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
    /// <returns>How many have failed in a row.</returns>
    public int CountFailure()
    {
        Interlocked.Increment(ref _failures);
        return Interlocked.Increment(ref _failuresInARow);
    }

    public void ResetFailures()
    {
        // Read before written: the usual answer is a good one after a good one, and need not own the cache line.
        if (Volatile.Read(ref _failuresInARow) != 0)
        {
            Volatile.Write(ref _failuresInARow, 0);
        }
    }
}
