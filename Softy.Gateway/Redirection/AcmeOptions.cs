using Softy.Gateway.Configuration;

namespace Softy.Gateway.Redirection;

/// <summary>The ACME challenge http-01 (RFC 8555), by which certificate authorities validate the host.</summary>
internal sealed class AcmeOptions : IGatewayOptions
{
    public static string Section => "Gateway:Acme";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// The web root of the ACME client, which writes to <c>.well-known/acme-challenge</c> in this folder. If it is
    /// empty, challenges are forwarded to the web site. The folder need not exist yet.
    /// </summary>
    /// <value>the path of a folder</value>
    public string Folder { get; set; } = "";
}
