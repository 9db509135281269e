using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Listening;

/// <summary>HTTP/2 without TLS, for meshes and clients that know beforehand that it is spoken here.</summary>
internal sealed class Http2CleartextOptions : IGatewayOptions
{
    public static string Section => "Gateway:Http2Cleartext";

    /// <summary>
    /// The port on which HTTP/2 is spoken without TLS, and nothing else, because only TLS lets both sides agree on a
    /// version; 0 for none. Read at the start.
    /// </summary>
    [Range(0, 65_535, ErrorMessage = "must be from 0, for none, to 65535.")]
    public int Port { get; set; }
}
