using Softy.Gateway.Configuration;

namespace Softy.Gateway.Redirection;

/// <summary>The redirect from HTTP to HTTPS.</summary>
internal sealed class RedirectOptions : IGatewayOptions
{
    public static string Section => "Gateway:Redirect";

    /// <summary>
    /// Whether plain HTTP is redirected to HTTPS, where the gateway has a certificate. Probes of <c>/health</c> and
    /// <c>/alive</c>, and challenges of ACME, are answered all the same.
    /// </summary>
    public bool Enabled { get; set; } = true;
}
