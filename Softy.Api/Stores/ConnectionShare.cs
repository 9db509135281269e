using Microsoft.Extensions.Options;
using Npgsql;

namespace Softy.Api.Stores;

/// <summary>
/// Keeps the connections of this replica within its share of what the server accepts: however many replicas there are, the
/// server counts them, by the names that they connect under. Says so once when the replicas do not fit.
/// </summary>
internal sealed partial class ConnectionShare(
    PostgresStore postgres,
    IOptions<StoreOptions> options,
    TimeProvider time,
    ILogger<ConnectionShare> logger
) : BackgroundService
{
    /// <summary>What the names of connections begin with; the replica's own name follows.</summary>
    public const string NamePrefix = "softy-api ";

    /// <summary>What a replica opens beside those for requests: for the schema, and for the janitor.</summary>
    public const int Others = 2;

    /// <summary>With fewer, a replica answers slowly.</summary>
    private const int Least = 2;

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
        var persistence = new Persistence(
            "Looking for how many connections there may be",
            TimeSpan.FromSeconds(10),
            time,
            logger
        );
        while (true)
        {
            if (await persistence.TryAsync(LookAsync, stoppingToken))
            {
                await Task.Delay(options.Value.ConnectionShareInterval, time, stoppingToken);
            }
        }
    }

    private async Task LookAsync(CancellationToken stoppingToken)
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

        var share = ((accepted - others) / replicas) - Others;
        postgres.Gate.Limit = Math.Clamp(share, 1, options.Value.PostgresConnections);
        if (share < Least && !_hasWarned)
        {
            LogTooMany(accepted, others, replicas, Least + Others);
        }

        _hasWarned = share < Least;
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "PostgreSQL accepts {Accepted} connections, of which others use {Others}: too few for {Replicas} replicas with {Needed} each. Run fewer replicas, or raise max_connections."
    )]
    private partial void LogTooMany(int accepted, int others, int replicas, int needed);
}
