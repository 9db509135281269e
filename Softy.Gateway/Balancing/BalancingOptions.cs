using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Balancing;

/// <summary>How requests are distributed over the replicas.</summary>
internal sealed class BalancingOptions : IGatewayOptions, IValidatableObject
{
    /// <summary>The largest allowed weight. It keeps the precomputed sequence of the weighted policy short.</summary>
    public const int MaxWeight = 100;

    public static string Section => "Gateway";

    public static IReadOnlyList<OptionsSection> GetParts() =>
        [new($"{Section}:{nameof(Affinity)}", typeof(AffinityOptions), [])];

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// How a replica of the API is chosen for each request. Requests for the web site always use <c>RoundRobin</c>.
    /// </summary>
    public string Policy { get; set; } = Policies.RoundRobin;

    /// <summary>
    /// The weight of the destination with this name, for example <c>api-1</c>, under <c>WeightedRoundRobin</c>. The
    /// default is 1. Under every policy, the weight 0 takes the destination out: it gets no requests, retries or trial
    /// requests.
    /// </summary>
    public Dictionary<string, int> Weights { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Keeps each client on one replica while that replica is healthy.</summary>
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
