using Softy.Gateway.Configuration;

namespace Softy.Gateway.Forwarding;

/// <summary>How requests are sent to replicas.</summary>
internal sealed class UpstreamOptions : IGatewayOptions
{
    public static string Section => "Gateway:Upstream";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// Whether requests without a body are sent by HTTP/2 to the replicas that announce a port for it in their answers
    /// to probes, and that answer there. HTTP/2 sends many requests at a time on one connection, which takes fewer
    /// system calls. Requests with a body, WebSockets and probes use HTTP/1.1. It has no effect without probes.
    /// </summary>
    public bool Http2 { get; set; } = true;
}
