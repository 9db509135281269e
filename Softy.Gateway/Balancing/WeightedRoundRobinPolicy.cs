using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Balancing;

/// <summary>
/// Smooth weighted round robin in the same order as nginx: the weights 5, 1, 1 give a a b a c a a. The sequence is
/// computed once for each set of destinations, so that picking a destination takes one increment.
/// </summary>
internal sealed class WeightedRoundRobinPolicy : ILoadBalancingPolicy
{
    public const string PolicyName = "Softy.WeightedRoundRobin";

    private readonly ConditionalWeakTable<IReadOnlyList<DestinationState>, Cycle> _cycles = [];

    public string Name => PolicyName;

    public DestinationState? PickDestination(
        HttpContext context,
        ClusterState cluster,
        IReadOnlyList<DestinationState> availableDestinations
    ) => availableDestinations.Count == 0 ? null : _cycles.GetValue(availableDestinations, Cycle.Create).Next();

    private sealed class Cycle(DestinationState[] sequence)
    {
        private readonly TurnCounter _turns = new();

        public static Cycle Create(IReadOnlyList<DestinationState> destinations)
        {
            var order = SmoothSequence.Create([.. destinations.Select(DestinationWeight.Get)]);
            return new Cycle([.. order.Select(index => destinations[index])]);
        }

        public DestinationState Next() => sequence[_turns.Next(sequence.Length)];
    }
}
