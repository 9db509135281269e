using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Discovery;

/// <summary>
/// The addresses of the services, in Aspire's service-discovery format: <c>services:api:http:0</c> and so on.
/// </summary>
internal sealed class ServiceOptions : IGatewayOptions, IValidatableObject
{
    public static string Section => "services";

    public static IReadOnlyList<OptionsSection> GetParts() =>
        [
            new($"{Section}:{nameof(Api)}", typeof(ServiceEndpoints), []),
            new($"{Section}:{nameof(Web)}", typeof(ServiceEndpoints), []),
        ];

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>The API's addresses, by position.</summary>
    public ServiceEndpoints Api { get; set; } = new();

    /// <summary>The web site's addresses, by position.</summary>
    public ServiceEndpoints Web { get; set; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        [.. Check("api", Api), .. Check("web", Web)];

    private static IEnumerable<ValidationResult> Check(string service, ServiceEndpoints endpoints)
    {
        if (endpoints.Http.Count == 0)
        {
            yield return new ValidationResult(
                $"{service}:http:0 is not set; set it to the service's address, for example http://{service}:8080."
            );
        }

        foreach (var (position, address) in endpoints.Http)
        {
            if (
                !int.TryParse(position, System.Globalization.CultureInfo.InvariantCulture, out _)
                || ServiceAddress.TryParse(address) is null
            )
            {
                yield return new ValidationResult(
                    $"{service}:http:{position} is '{address}'; it must be an address such as http://{service}:8080, "
                        + "without a path, under a number."
                );
            }
        }
    }
}

/// <summary>The addresses of one service.</summary>
internal sealed class ServiceEndpoints
{
    /// <summary>
    /// The address of the service or of one of its replicas, by position: <c>0</c>, <c>1</c> and so on. A host name may
    /// resolve to several replicas. Each service needs at least one address.
    /// </summary>
    public Dictionary<string, string> Http { get; } = new(StringComparer.Ordinal);

    /// <summary>The addresses in the order of their positions.</summary>
    public IReadOnlyList<ServiceAddress> GetOrderedAddresses() =>
        [
            .. Http.OrderBy(entry => int.Parse(entry.Key, System.Globalization.CultureInfo.InvariantCulture))
                .Select(entry => ServiceAddress.TryParse(entry.Value)!),
        ];
}
