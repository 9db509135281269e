using System.ComponentModel.DataAnnotations;

namespace Softy.Api.Stores;

/// <summary>How long a request waits for a store. Read from the configuration section <c>Stores</c>.</summary>
internal sealed class StoreOptions
{
    public const string SectionName = "Stores";

    /// <summary>
    /// The longest that one request waits for a connection to PostgreSQL, and once more the longest that it waits for the
    /// answer, else 503, or 504 where nobody knows whether a change was made. The server gives the statement up when
    /// four fifths of that time are over.
    /// </summary>
    [Range(
        typeof(TimeSpan),
        "00:00:00.050",
        "00:01:00",
        ErrorMessage = "Stores:PostgresTimeout must be between 50 ms and 1 min."
    )]
    public TimeSpan PostgresTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// The longest that one request waits for Redis where it can do without: PostgreSQL is asked after that.
    /// </summary>
    [Range(
        typeof(TimeSpan),
        "00:00:00.010",
        "00:01:00",
        ErrorMessage = "Stores:RedisTimeout must be between 10 ms and 1 min."
    )]
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromSeconds(0.3);

    /// <summary>
    /// The longest that one request waits for Redis where nothing else has the answer, else 503, or 504 where nobody
    /// knows whether a visit was counted.
    /// </summary>
    [Range(
        typeof(TimeSpan),
        "00:00:00.010",
        "00:01:00",
        ErrorMessage = "Stores:NeededRedisTimeout must be between 10 ms and 1 min."
    )]
    public TimeSpan NeededRedisTimeout { get; set; } = TimeSpan.FromSeconds(1.2);

    /// <summary>
    /// How long the circuit to a store stays open after failures: requests that need the store fail at once, until one
    /// request tries it again.
    /// </summary>
    [Range(
        typeof(TimeSpan),
        "00:00:00.500",
        "00:01:00",
        ErrorMessage = "Stores:BreakDuration must be between 500 ms and 1 min."
    )]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// The most statements of requests that one replica has under way in PostgreSQL, each on a connection of its own. Where
    /// the server accepts fewer connections than all replicas would open, each takes its share.
    /// </summary>
    [Range(1, 1000, ErrorMessage = "Stores:PostgresConnections must be between 1 and 1000.")]
    public int PostgresConnections { get; set; } = 16;

    /// <summary>
    /// How often a replica counts with how many others it shares the connections that PostgreSQL accepts.
    /// </summary>
    [Range(
        typeof(TimeSpan),
        "00:00:00.050",
        "00:10:00",
        ErrorMessage = "Stores:ConnectionShareInterval must be between 50 ms and 10 min."
    )]
    public TimeSpan ConnectionShareInterval { get; set; } = TimeSpan.FromSeconds(10);
}
