using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Balancing;

/// <summary>
/// Picks the destination with the fewest requests in flight. Destinations with equal counts take turns, as with nginx's
/// <c>least_conn</c>. YARP's own policy would send all requests of an idle cluster to the first destination.
/// </summary>
internal sealed class LeastRequestsPolicy : ILoadBalancingPolicy
{
    public const string PolicyName = "Softy.LeastRequests";

    private readonly ConditionalWeakTable<ClusterState, TurnCounter> _turns = [];

    public string Name => PolicyName;

    public DestinationState? PickDestination(
        HttpContext context,
        ClusterState cluster,
        IReadOnlyList<DestinationState> availableDestinations
    )
    {
        var count = availableDestinations.Count;
        if (count == 0)
        {
            return null;
        }

        var start = _turns.GetValue(cluster, static _ => new TurnCounter()).Next(count);
        var best = availableDestinations[start];
        var fewest = best.ConcurrentRequestCount;
        for (var i = 1; i < count && fewest > 0; i++)
        {
            var candidate = availableDestinations[(start + i) % count];
            var requests = candidate.ConcurrentRequestCount;
            if (requests < fewest)
            {
                (best, fewest) = (candidate, requests);
            }
        }

        return best;
    }
}
