using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Balancing;

/// <summary>Sends every request to the first healthy destination. The others are on standby.</summary>
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
