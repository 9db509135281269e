using Softy.Gateway.Configuration;

namespace Softy.Gateway.Redirection;

/// <summary>
/// How certificate authorities see that a host is this one, by the challenge http-01 of ACME (RFC 8555).
/// </summary>
internal sealed class AcmeOptions : IGatewayOptions
{
    public static string Section => "Gateway:Acme";

    /// <summary>
    /// The folder that the ACME client knows as the web root: it writes to <c>.well-known/acme-challenge</c> in there.
    /// Empty where challenges are the web site's to answer. It need not exist before the client makes it.
    /// </summary>
    /// <value>the path of a folder</value>
    public string Folder { get; set; } = "";
}
