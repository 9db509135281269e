using System.ComponentModel.DataAnnotations;
using System.Net;
using Softy.Gateway.Clients;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.ProxyProtocol;

/// <summary>
/// Which balancers send the client's address in a header at the start of each connection: the PROXY protocol, version 1
/// or 2.
/// </summary>
internal sealed class ProxyProtocolOptions : IGatewayOptions, IValidatableObject
{
    private TrustedNetworks? _trusted;

    public static string Section => "Gateway:ProxyProtocol";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// Addresses or networks of TCP balancers in front of this gateway. Their connections must start with the header,
    /// and no other connections may. The default is none, which turns the protocol off.
    /// </summary>
    public string[] TrustedSources { get; set; } = [];

    /// <summary>Whether a peer is one of <see cref="TrustedSources"/>.</summary>
    public bool IsTrusted(IPAddress? peer) => (_trusted ??= new TrustedNetworks(TrustedSources)).Contains(peer);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        TrustedSources
            .Where(name => !TrustedNetworks.IsValid(name))
            .Select(name => new ValidationResult(
                $"TrustedSources has '{name}'; it must hold addresses such as 10.0.0.1 or networks such as 10.0.0.0/8."
            ));
}
