using Microsoft.Extensions.Options;
using Npgsql;

namespace Softy.Api.Stores;

/// <summary>
/// Limits the connections of this replica to its share of what the server accepts. The application names of the
/// connections tell how many replicas there are. Logs a warning once when the share is too small.
/// </summary>
internal sealed partial class ConnectionShareService(
    PostgresExecutor postgres,
    IOptions<StoreOptions> options,
    TimeProvider time,
    ILogger<ConnectionShareService> logger
) : BackgroundService
{
    /// <summary>The prefix of the connections' application names, before the replica's own name.</summary>
    public const string NamePrefix = "softy-api ";

    /// <summary>The connections of a replica that requests do not use: for the schema, and for the janitor.</summary>
    public const int ReservedConnections = 2;

    /// <summary>A replica with fewer connections answers slowly.</summary>
    private const int MinConnections = 2;

    private const string UsageSql = """
        SELECT
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true)::int, 0) AS accepted,
            count(*) FILTER (WHERE NOT is_replica)::int AS others,
            count(DISTINCT application_name) FILTER (WHERE is_replica)::int AS replicas
        FROM (
            SELECT application_name, starts_with(application_name, $1) AND datname = current_database() AS is_replica
            FROM pg_stat_activity WHERE datid IS NOT NULL
        ) AS connections
        """;

    private bool _hasWarned;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = new BackgroundRetry(
            "Counting the connections to PostgreSQL",
            TimeSpan.FromSeconds(10),
            time,
            logger
        );
        while (true)
        {
            if (await retry.TryAsync(UpdateLimitAsync, stoppingToken))
            {
                await Task.Delay(options.Value.ConnectionShareInterval, time, stoppingToken);
            }
        }
    }

    private async Task UpdateLimitAsync(CancellationToken stoppingToken)
    {
        var (accepted, others, replicas) = await postgres.ReadAsync(
            static async (connection, _, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(UsageSql, connection);
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = NamePrefix });
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                return (reader.GetInt32(0), reader.GetInt32(1), Math.Max(1, reader.GetInt32(2)));
            },
            0,
            stoppingToken
        );

        var share = ((accepted - others) / replicas) - ReservedConnections;
        postgres.Gate.Limit = Math.Clamp(share, 1, options.Value.PostgresConnections);
        if (share < MinConnections && !_hasWarned)
        {
            LogTooMany(accepted, others, replicas, MinConnections + ReservedConnections);
        }

        _hasWarned = share < MinConnections;
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "PostgreSQL accepts {Accepted} connections, of which others use {Others}: too few for "
            + "{Replicas} replicas with {Needed} each. Run fewer replicas, or raise max_connections."
    )]
    private partial void LogTooMany(int accepted, int others, int replicas, int needed);
}
