using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Balancing;

/// <summary>Which replica gets which request.</summary>
internal sealed class BalancingOptions : IGatewayOptions, IValidatableObject
{
    /// <summary>The greatest weight: sequences of the weighted policy stay short enough to be laid out in full.</summary>
    public const int MaxWeight = 100;

    public static string Section => "Gateway";

    /// <summary>
    /// How a replica of the API is chosen for each request. Requests for the web site are always balanced by
    /// <c>RoundRobin</c>.
    /// </summary>
    public string Policy { get; set; } = Policies.RoundRobin;

    /// <summary>
    /// The weight of the destination of this name, for example <c>api-1</c>, under <c>WeightedRoundRobin</c>; 1 where
    /// none is given. Under every policy, 0 takes the destination out: it gets no requests, no retries and no trials.
    /// </summary>
    public Dictionary<string, int> Weights { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Keeps each client on one replica, as long as that is healthy.</summary>
    public AffinityOptions Affinity { get; set; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Policies.Find(Policy) is null)
        {
            yield return new ValidationResult($"must be one of {string.Join(", ", Policies.Names)}.", [nameof(Policy)]);
        }

        foreach (var (name, weight) in Weights)
        {
            if (weight is < 0 or > MaxWeight)
            {
                yield return new ValidationResult(
                    $"Weights:{name} is '{weight}'; it must be from 0, which takes the destination out, to {MaxWeight}."
                );
            }
        }

        if (!Affinity.IsCookieNameValid)
        {
            yield return new ValidationResult($"Affinity:Cookie is '{Affinity.Cookie}'; it must be a cookie name.");
        }
    }
}
