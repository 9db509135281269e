using Yarp.ReverseProxy.LoadBalancing;

namespace Softy.Gateway.Balancing;

/// <summary>Maps the configured names of the balancing policies to YARP's names.</summary>
internal static class Policies
{
    public const string RoundRobin = "RoundRobin";

    // YARP's own policies are used where they behave as needed.
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

    /// <summary>Finds a policy by its name, ignoring case.</summary>
    /// <returns>The configured name and the YARP name, or <see langword="null"/> if there is no such policy.</returns>
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
