using Softy.Gateway.Settings;

namespace Softy.Gateway.AccessLog;

/// <summary>The access log.</summary>
internal sealed class AccessLogSettings : ISettings
{
    public static string Section => "Gateway:AccessLog";

    /// <summary>
    /// Whether the gateway logs a line for each request: method, path, status, replica, duration, retries and trace.
    /// </summary>
    public bool Enabled { get; set; }
}
