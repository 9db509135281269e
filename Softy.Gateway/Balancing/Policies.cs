using Yarp.ReverseProxy.LoadBalancing;

namespace Softy.Gateway.Balancing;

/// <summary>The policies' names as they are configured, and as YARP knows them.</summary>
internal static class Policies
{
    public const string RoundRobin = "RoundRobin";

    // Where YARP's own policy does what is asked for, it is used.
    private static readonly (string Name, string YarpName)[] _all =
    [
        (RoundRobin, RoundRobinPolicy.PolicyName),
        ("LeastRequests", LeastRequestsPolicy.PolicyName),
        ("PowerOfTwoChoices", LoadBalancingPolicies.PowerOfTwoChoices),
        ("Random", LoadBalancingPolicies.Random),
        ("First", FirstPolicy.PolicyName),
        ("WeightedRoundRobin", WeightedRoundRobinPolicy.PolicyName),
    ];

    public static IEnumerable<string> Names => _all.Select(policy => policy.Name);

    /// <summary>Finds a policy whatever the case of its name.</summary>
    /// <returns>Its configured and its YARP name, or <see langword="null"/> when there is none.</returns>
    public static (string Name, string YarpName)? Find(string? name)
    {
        foreach (var policy in _all)
        {
            if (policy.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return policy;
            }
        }

        return null;
    }
}
