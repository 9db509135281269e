using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Status;

/// <summary>What the gateway tells about itself.</summary>
internal sealed class StatusOptions : IGatewayOptions
{
    public static string Section => "Gateway:Status";

    /// <summary>How many clients may watch <c>/gateway/status/stream</c> at once, else 503.</summary>
    [Range(1, 1_000_000, ErrorMessage = "must be from 1 to 1000000.")]
    public int MaxStreams { get; set; } = 1000;

    /// <summary>
    /// A port of its own for the status, so that it need not face the internet; 0 where it is answered on every port.
    /// Read at the start.
    /// </summary>
    [Range(0, 65_535, ErrorMessage = "must be from 0, for none of its own, to 65535.")]
    public int Port { get; set; }
}
