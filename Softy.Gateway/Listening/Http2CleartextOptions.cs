using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Listening;

/// <summary>HTTP/2 without TLS, for service meshes and clients with prior knowledge.</summary>
internal sealed class Http2CleartextOptions : IGatewayOptions
{
    public static string Section => "Gateway:Http2Cleartext";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// The port for HTTP/2 without TLS; 0 for none. The port accepts no other version of HTTP, because the version can
    /// only be negotiated with TLS. Read at the start.
    /// </summary>
    [Range(0, 65_535, ErrorMessage = "must be from 0, for none, to 65535.")]
    public int Port { get; set; }
}
