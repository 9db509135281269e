using System.ComponentModel.DataAnnotations;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Api.Stores;

/// <summary>How long a request waits for a store. Read from the configuration section <c>Stores</c>.</summary>
internal sealed class StoreOptions
{
    public const string SectionName = "Stores";

    /// <summary>
    /// How long a request waits for a connection to PostgreSQL, and then as long again for the result. After that the
    /// client gets 503, or 504 where it is unknown whether a change was made. The server cancels the statement after
    /// four fifths of that time.
    /// </summary>
    [Duration("00:00:00.050", "00:01:00", ErrorMessage = "Stores:PostgresTimeout must be between 50 ms and 1 min.")]
    public TimeSpan PostgresTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// How long a request waits for Redis where PostgreSQL has the answer too, and is queried after that.
    /// </summary>
    [Duration("00:00:00.010", "00:01:00", ErrorMessage = "Stores:RedisTimeout must be between 10 ms and 1 min.")]
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromSeconds(0.3);

    /// <summary>
    /// How long a request waits for Redis where nothing else has the answer. After that the client gets 503, or 504
    /// where it is unknown whether a visit was counted.
    /// </summary>
    [Duration("00:00:00.010", "00:01:00", ErrorMessage = "Stores:NeededRedisTimeout must be between 10 ms and 1 min.")]
    public TimeSpan NeededRedisTimeout { get; set; } = TimeSpan.FromSeconds(1.2);

    /// <summary>
    /// How long the circuit to a store stays open after failures. Requests that need the store fail at once until then;
    /// the next one tests whether the store answers again.
    /// </summary>
    [Duration("00:00:00.500", "00:01:00", ErrorMessage = "Stores:BreakDuration must be between 500 ms and 1 min.")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// How many statements of requests one replica runs in PostgreSQL at the same time, each on its own connection.
    /// Where the server accepts fewer connections than all replicas would open, each replica limits itself to its
    /// share.
    /// </summary>
    [Range(1, 1000, ErrorMessage = "Stores:PostgresConnections must be between 1 and 1000.")]
    public int PostgresConnections { get; set; } = 16;

    /// <summary>
    /// How often a replica counts the other replicas, with which it shares the connections that PostgreSQL accepts.
    /// </summary>
    [Duration(
        "00:00:00.050",
        "00:10:00",
        ErrorMessage = "Stores:ConnectionShareInterval must be between 50 ms and 10 min."
    )]
    public TimeSpan ConnectionShareInterval { get; set; } = TimeSpan.FromSeconds(10);
}
