using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Balancing;

/// <summary>
/// Sends request n to destination n mod N. Unlike YARP's own policy, whose counter has 31 bits, it stays exact for the
/// lifetime of the process.
/// </summary>
/// <param name="firstTurn">The number of the first request.</param>
internal sealed class RoundRobinPolicy(long firstTurn) : ILoadBalancingPolicy
{
    public const string PolicyName = "Softy.RoundRobin";

    private readonly ConditionalWeakTable<ClusterState, TurnCounter> _turns = [];

    public RoundRobinPolicy()
        : this(0) { }

    public string Name => PolicyName;

    public DestinationState? PickDestination(
        HttpContext context,
        ClusterState cluster,
        IReadOnlyList<DestinationState> availableDestinations
    )
    {
        var turns = _turns.TryGetValue(cluster, out var known)
            ? known
            : _turns.GetValue(cluster, _ => new TurnCounter(firstTurn));
        return availableDestinations.Count == 0 ? null : availableDestinations[turns.Next(availableDestinations.Count)];
    }
}
