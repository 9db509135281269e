using Softy.Gateway.Balancing;
using Softy.Gateway.Configuration;
using Softy.Gateway.Discovery;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>One cluster's replicas, as its last choice of available destinations left them.</summary>
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

    /// <summary>Every replica that is started, in the order of their turns.</summary>
    public IReadOnlyList<Replica> All => _all;

    /// <summary>Those that take requests because they are well; empty when all of them look sick.</summary>
    public IReadOnlyList<Replica> InRotation => _inRotation;

    /// <summary>Those that are out because requests failed, and have to be tried out; empty nearly always.</summary>
    public Replica[] AwaitingTrial => _awaitingTrial;

    /// <summary>
    /// Whether every destination that was there at the start has a verdict. Until then those without one take
    /// requests; afterwards a new destination takes none before its first good probe.
    /// </summary>
    public bool HasInitialVerdicts => _hasInitialVerdicts;

    /// <summary>Whether probes find this replica well, and it may get requests.</summary>
    public bool IsHealthy(Replica replica) =>
        replica.Destination.Health.Active == DestinationHealth.Healthy && !replica.IsDraining && IsEligible(replica);

    /// <summary>
    /// Chooses the destinations that take requests. When none is well, those are used that look the least sick,
    /// because that beats none.
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
        // When all look sick, all are used anyway, and each request is a trial.
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

    /// <summary>Whether a replica may get requests however it is: it is not configured out, and is known to be of this service.</summary>
    private bool IsEligible(Replica replica) =>
        !DestinationWeight.IsZero(replica.Destination)
        && (probing.Current is not { Enabled: true, ExpectService: true } || replica.Service == service);
}
