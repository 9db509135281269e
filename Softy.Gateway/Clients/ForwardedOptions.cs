using System.ComponentModel.DataAnnotations;
using System.Net;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Clients;

/// <summary>Which proxies are trusted to report the client's address.</summary>
internal sealed class ForwardedOptions : IGatewayOptions, IValidatableObject
{
    private TrustedNetworks? _trusted;

    public static string Section => "Gateway:Forwarded";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// Addresses or networks of proxies in front of this gateway, for example <c>10.0.0.0/8</c>. The headers
    /// <c>X-Forwarded-*</c>, <c>X-Real-IP</c> and <c>Forwarded</c> of all other clients are removed.
    /// </summary>
    public string[] TrustedProxies { get; set; } = [];

    /// <summary>Whether a peer is one of <see cref="TrustedProxies"/>.</summary>
    public bool IsTrusted(IPAddress? peer) => (_trusted ??= new TrustedNetworks(TrustedProxies)).Contains(peer);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        TrustedProxies
            .Where(name => !TrustedNetworks.IsValid(name))
            .Select(name => new ValidationResult(
                $"TrustedProxies has '{name}'; it must hold addresses such as 10.0.0.1 or networks such as 10.0.0.0/8."
            ));
}
