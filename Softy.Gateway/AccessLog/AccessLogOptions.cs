using Softy.Gateway.Configuration;

namespace Softy.Gateway.AccessLog;

/// <summary>The access log.</summary>
internal sealed class AccessLogOptions : IGatewayOptions
{
    public static string Section => "Gateway:AccessLog";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// Whether the gateway logs a line for each request: method, path, status, replica, duration, retries and trace.
    /// </summary>
    public bool Enabled { get; set; }
}
