using System.Globalization;
using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Balancing;

/// <summary>
/// Smooth weighted round robin in nginx's order: weights 5, 1, 1 give a a b a c a a. The sequence is laid out once for
/// each set of destinations, so that a pick is one increment.
/// </summary>
internal sealed class WeightedRoundRobinPolicy : ILoadBalancingPolicy
{
    public const string PolicyName = "Softy.WeightedRoundRobin";

    /// <summary>The key of the weight in a destination's metadata.</summary>
    public const string WeightKey = "Weight";

    private readonly ConditionalWeakTable<IReadOnlyList<DestinationState>, Cycle> _cycles = [];

    public string Name => PolicyName;

    public DestinationState? PickDestination(
        HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations) =>
        availableDestinations.Count == 0 ? null : _cycles.GetValue(availableDestinations, Cycle.Of).Next();

    private static int WeightOf(DestinationState destination) =>
        destination.Model.Config.Metadata is { } metadata && metadata.TryGetValue(WeightKey, out var weight)
            ? int.Parse(weight, CultureInfo.InvariantCulture)
            : 1;

    private sealed class Cycle(DestinationState[] sequence)
    {
        private uint _turn;

        public static Cycle Of(IReadOnlyList<DestinationState> destinations)
        {
            var order = SmoothSequence.Of([.. destinations.Select(WeightOf)]);
            return new Cycle([.. order.Select(index => destinations[index])]);
        }

        public DestinationState Next() => sequence[(Interlocked.Increment(ref _turn) - 1) % (uint)sequence.Length];
    }
}
