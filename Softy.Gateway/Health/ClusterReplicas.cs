using Softy.Gateway.Balancing;
using Softy.Gateway.Configuration;
using Softy.Gateway.Discovery;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>The replicas of one cluster, grouped by the last update of its available destinations.</summary>
internal sealed class ClusterReplicas(
    string service,
    Func<DestinationState, Replica> find,
    LiveOptions<ProbeOptions> probing
)
{
    private volatile Replica[] _all = [];
    private volatile Replica[] _inRotation = [];
    private volatile Replica[] _awaitingTrial = [];
    private volatile bool _hasInitialVerdicts;

    /// <summary>All replicas that are not stopped, in round-robin order.</summary>
    public IReadOnlyList<Replica> All => _all;

    /// <summary>The healthy replicas, which take requests. It is empty if all replicas are unhealthy.</summary>
    public IReadOnlyList<Replica> InRotation => _inRotation;

    /// <summary>The ejected replicas that need a trial request. It is usually empty.</summary>
    public Replica[] AwaitingTrial => _awaitingTrial;

    /// <summary>
    /// Whether every initial destination was probed at least once. Until then, unprobed destinations take requests.
    /// After that, a new destination takes no requests before its first successful probe.
    /// </summary>
    public bool HasInitialVerdicts => _hasInitialVerdicts;

    /// <summary>Whether the replica passes its probes and is allowed to get requests.</summary>
    public bool IsHealthy(Replica replica) =>
        replica.Destination.Health.Active == DestinationHealth.Healthy && !replica.IsDraining && IsEligible(replica);

    /// <summary>
    /// Selects the destinations that take requests. If no replica is healthy, the least unhealthy ones are used,
    /// because that is better than no replica.
    /// </summary>
    public IReadOnlyList<DestinationState> Select(IReadOnlyList<DestinationState> destinations)
    {
        Replica[] known =
        [
            .. destinations.Where(destination => !VanishedDestination.IsMarked(destination)).Select(find),
        ];
        Replica[] all = [.. known.Where(replica => !replica.IsStopped)];
        Replica[] candidates = [.. all.Where(IsEligible)];
        _hasInitialVerdicts =
            probing.Current.Enabled
            && (
                _hasInitialVerdicts
                || (
                    known.Length > 0
                    && known.All(replica => replica.Destination.Health.Active != DestinationHealth.Unknown)
                )
            );

        Replica[] inRotation =
        [
            .. candidates.Where(replica => replica.AcceptsRequests(allowUnknown: !_hasInitialVerdicts)),
        ];
        _all = all;
        _inRotation = inRotation;
        // If all replicas are unhealthy, they get requests anyway, and every request is a trial.
        _awaitingTrial =
            inRotation.Length == 0
                ? []
                : [.. candidates.Where(replica => replica.Ejection is not null && IsNotUnhealthy(replica))];

        var available = FirstNotEmpty(
            inRotation,
            candidates.Where(IsNotUnhealthy),
            candidates.Where(replica => !replica.IsDraining),
            candidates,
            known.Where(IsEligible)
        );
        return [.. available.Select(replica => replica.Destination)];
    }

    private static bool IsNotUnhealthy(Replica replica) =>
        !replica.IsDraining && replica.Destination.Health.Active != DestinationHealth.Unhealthy;

    private static IEnumerable<Replica> FirstNotEmpty(params ReadOnlySpan<IEnumerable<Replica>> choices)
    {
        foreach (var choice in choices)
        {
            if (choice.Any())
            {
                return choice;
            }
        }

        return [];
    }

    /// <summary>
    /// Whether a replica may get requests regardless of its health: its weight is not 0, and it belongs to this
    /// service.
    /// </summary>
    private bool IsEligible(Replica replica) =>
        !DestinationWeight.IsZero(replica.Destination)
        && (probing.Current is not { Enabled: true, ExpectService: true } || replica.Service == service);
}
