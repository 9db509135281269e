using System.ComponentModel.DataAnnotations;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Api.Live;

/// <summary>Settings of the live stream. Read from the configuration section <c>Live</c>.</summary>
internal sealed class LiveOptions
{
    public const string SectionName = "Live";

    /// <summary>
    /// How often each reader gets a heartbeat, so that proxies keep the connection open and a dead one is detected.
    /// </summary>
    [Duration("00:00:01", "00:10:00", ErrorMessage = "Live:HeartbeatInterval must be between 1 s and 10 min.")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often PostgreSQL is polled for new events when no notification arrives, for example because Redis is down.
    /// </summary>
    [Duration("00:00:00.050", "00:01:00", ErrorMessage = "Live:PollInterval must be between 50 ms and 1 min.")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The shortest time between two visit totals. By default readers get at most ten each second, however often the
    /// totals change.
    /// </summary>
    [Duration("00:00:00.010", "00:01:00", ErrorMessage = "Live:VisitsInterval must be between 10 ms and 1 min.")]
    public TimeSpan VisitsInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How many events are kept in memory for readers that are a little behind. For readers that are further behind,
    /// events are read from PostgreSQL.
    /// </summary>
    [Range(1, 100_000, ErrorMessage = "Live:BufferedEvents must be between 1 and 100000.")]
    public int BufferedEvents { get; set; } = 1024;

    /// <summary>
    /// How many clients may read the live stream of one replica at the same time. Further ones get 503.
    /// </summary>
    [Range(1, 1_000_000, ErrorMessage = "Live:MaxReaders must be between 1 and 1000000.")]
    public int MaxReaders { get; set; } = 5000;
}
