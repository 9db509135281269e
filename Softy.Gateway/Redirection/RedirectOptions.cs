using Softy.Gateway.Configuration;

namespace Softy.Gateway.Redirection;

/// <summary>The redirect from HTTP to HTTPS.</summary>
internal sealed class RedirectOptions : IGatewayOptions
{
    public static string Section => "Gateway:Redirect";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// Whether plain HTTP is redirected to HTTPS if the gateway has a certificate. Probes of <c>/health</c> and
    /// <c>/alive</c>, and ACME challenges, are never redirected.
    /// </summary>
    public bool Enabled { get; set; } = true;
}
