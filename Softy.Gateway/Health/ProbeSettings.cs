using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Health;

/// <summary>Active health: asking each destination how it is.</summary>
internal sealed class ProbeSettings : ISettings
{
    public static string Section => "Gateway:Health:Active";

    /// <summary>Whether destinations are probed at all.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The time from the end of one probe to the next.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00", ErrorMessage = "must be from 00:00:00.050 to 01:00:00.")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a destination may take to answer a probe.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00", ErrorMessage = "must be from 00:00:00.050 to 01:00:00.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The path that is asked for.</summary>
    [RegularExpression("^/[!-~]*$", ErrorMessage = "must be a path that starts with a slash.")]
    public string Path { get; set; } = "/health";

    /// <summary>How many probes in a row must fail before a healthy destination counts as unhealthy.</summary>
    [Range(1, 100, ErrorMessage = "must be from 1 to 100.")]
    public int FailureThreshold { get; set; } = 2;
}
