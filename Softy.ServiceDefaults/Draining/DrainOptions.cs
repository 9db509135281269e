using Softy.ServiceDefaults.Configuration;

namespace Softy.ServiceDefaults.Draining;

/// <summary>How a service shuts down. Read from the configuration section <c>Draining</c>.</summary>
public sealed class DrainOptions
{
    /// <summary>The configuration section that the options are read from.</summary>
    public const string SectionName = "Draining";

    private static readonly TimeSpan _maxReserve = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a service that is draining still accepts requests before it stops listening. It should be at least the
    /// interval at which the service is probed. One second by default.
    /// </summary>
    [Duration("00:00:00", "00:05:00", ErrorMessage = "Draining:Delay must be from 00:00:00 to 00:05:00.")]
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the rest of the shutdown may take after that. Requests in flight are aborted one second before its end,
    /// or after three quarters of it where that is later. The remainder is for closing connections and for exporting
    /// the last telemetry. Twenty seconds by default, so that both fit into the 30 seconds that orchestrators usually
    /// grant.
    /// </summary>
    [Duration("00:00:00", "01:00:00", ErrorMessage = "Draining:Timeout must be from 00:00:00 to 01:00:00.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long requests in flight may take, as a part of <see cref="Timeout"/>.</summary>
    internal TimeSpan RequestTimeout => Timeout - (Timeout / 4 < _maxReserve ? Timeout / 4 : _maxReserve);
}
