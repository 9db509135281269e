using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Balancing;

/// <summary>Everything to the first healthy destination; the others stand by.</summary>
internal sealed class FirstPolicy : ILoadBalancingPolicy
{
    public const string PolicyName = "Softy.First";

    public string Name => PolicyName;

    public DestinationState? PickDestination(
        HttpContext context,
        ClusterState cluster,
        IReadOnlyList<DestinationState> availableDestinations
    ) => availableDestinations.Count == 0 ? null : availableDestinations[0];
}
