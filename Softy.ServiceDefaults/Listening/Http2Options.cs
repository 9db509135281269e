using System.ComponentModel.DataAnnotations;

namespace Softy.ServiceDefaults.Listening;

/// <summary>
/// HTTP/2 without TLS, by which the gateway sends many requests at a time on one connection. Read from the
/// configuration section <c>Http2</c>.
/// </summary>
public sealed class Http2Options
{
    /// <summary>The configuration section that the options are read from.</summary>
    public const string SectionName = "Http2";

    /// <summary>
    /// The port for HTTP/2 without TLS; 0 for none. The port accepts no other version of HTTP, because the version can
    /// only be negotiated with TLS. The other ports are for HTTP/1.1. Read at the start.
    /// </summary>
    [Range(0, 65_535, ErrorMessage = "Http2:Port must be from 0, for none, to 65535.")]
    public int Port { get; set; }
}
