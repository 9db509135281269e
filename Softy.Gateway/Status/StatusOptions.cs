using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Status;

/// <summary>The public status of the gateway.</summary>
internal sealed class StatusOptions : IGatewayOptions
{
    public static string Section => "Gateway:Status";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>How many clients may watch <c>/gateway/status/stream</c> at the same time, else 503.</summary>
    [Range(1, 1_000_000, ErrorMessage = "must be from 1 to 1000000.")]
    public int MaxStreams { get; set; } = 1000;

    /// <summary>
    /// A separate port for the status, which need not be open to the internet; 0 to serve it on every port. Read at the
    /// start.
    /// </summary>
    [Range(0, 65_535, ErrorMessage = "must be from 0, for none of its own, to 65535.")]
    public int Port { get; set; }
}
