using Softy.Gateway.Settings;

namespace Softy.Gateway.AccessLog;

/// <summary>The access log.</summary>
internal sealed class AccessLogSettings : ISettings
{
    public static string Section => "Gateway:AccessLog";

    /// <summary>Whether every request leaves a line in the log.</summary>
    public bool Enabled { get; set; }
}
