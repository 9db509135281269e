using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>One cluster's replicas, as its last choice of available destinations left them.</summary>
internal sealed class ClusterReplicas(Func<DestinationState, Replica> find)
{
    private volatile Replica[] _all = [];
    private volatile Replica[] _ejected = [];
    private volatile bool _isSettled;

    /// <summary>Every replica, in the order of their turns.</summary>
    public IReadOnlyList<Replica> All => _all;

    /// <summary>Those that requests may have to try out; empty nearly always.</summary>
    public Replica[] Ejected => _ejected;

    /// <summary>
    /// Whether every destination that was there at the start has a verdict. Until then those without one take
    /// requests; afterwards a new destination takes none before its first good probe.
    /// </summary>
    public bool IsSettled => _isSettled;

    /// <summary>Chooses the destinations that take requests; all of them when none is well, because that beats none.</summary>
    public IReadOnlyList<DestinationState> Select(IReadOnlyList<DestinationState> destinations)
    {
        Replica[] all = [.. destinations.Select(find)];
        _all = all;
        _ejected = [.. all.Where(replica => replica.Ejection is not null && !replica.IsDraining && replica.Destination.Health.Active != DestinationHealth.Unhealthy)];
        _isSettled |= all.Length > 0 && all.All(replica => replica.Destination.Health.Active != DestinationHealth.Unknown);

        DestinationState[] available = [.. all.Where(replica => replica.TakesRequests(withoutVerdict: !_isSettled)).Select(replica => replica.Destination)];
        return available.Length > 0 ? available : destinations;
    }
}
