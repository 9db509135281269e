using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Softy.Api.Live;
using Softy.Api.Schema;
using Softy.Api.Stores;

namespace Softy.Api.Messages;

/// <summary>
/// Removes what has had its time: idempotency keys and events after 24 hours. One replica at a time does so; each batch
/// begins where the one before has ended, so that no batch reads again what is removed already.
/// </summary>
internal sealed partial class MessageJanitor(
    NpgsqlDataSource dataSource,
    SchemaState schema,
    IOptions<MessageOptions> options,
    TimeProvider time,
    ILogger<MessageJanitor> logger
) : BackgroundService
{
    /// <summary>Any number does, as long as nothing else uses it: "clean" in ASCII.</summary>
    private const long LockKey = 0x63_6C_65_61_6E;
    private const int BatchSize = 1000;

    private const string PatienceSql = "SELECT set_config('statement_timeout', '30s', false) IS NOT NULL";
    private const string TryLockSql = "SELECT pg_try_advisory_lock($1)";
    private const string UnlockSql = "SELECT pg_advisory_unlock($1)";
    private const string CutoffSql = "SELECT now() - interval '24 hours'";

    private const string RemoveKeysSql = """
        WITH old AS (
            SELECT key_hash FROM idempotency_keys WHERE created_at >= $1 AND created_at <= $2
            ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED
        ), removed AS (
            DELETE FROM idempotency_keys USING old WHERE idempotency_keys.key_hash = old.key_hash RETURNING created_at
        )
        SELECT count(*), max(created_at) FROM removed
        """;

    // In the order of the log, up to the first that is not old. The newest of the old events stays: it marks from where on
    // the log is complete. A time far in the future is that of a clock that was wrong.
    private const string RemoveEventsSql = """
        WITH first AS (
            SELECT xid, id, occurred_at FROM message_events WHERE (xid, id) > ($1, $2) ORDER BY xid, id LIMIT $4 + 1
        ), followed AS (
            SELECT xid, id, bool_and(occurred_at <= $3 OR occurred_at > now() + interval '24 hours') OVER place AS is_old,
                   lead(occurred_at <= $3 OR occurred_at > now() + interval '24 hours') OVER (ORDER BY xid, id) AS is_next_old
            FROM first WINDOW place AS (ORDER BY xid, id)
        ), removed AS (
            DELETE FROM message_events USING followed
            WHERE (message_events.xid, message_events.id) = (followed.xid, followed.id) AND is_old AND is_next_old
            RETURNING message_events.xid, message_events.id
        )
        SELECT count(*) OVER (), xid, id FROM removed ORDER BY xid DESC, id DESC LIMIT 1
        """;

    // Events from the future come from another server, whose dump was restored here. They would hold back the others.
    private const string RemoveFutureEventsSql = """
        DELETE FROM message_events WHERE (xid, id) IN (
            SELECT xid, id FROM message_events WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) LIMIT $1)
        """;

    private const string LagSql = """
        SELECT now() - interval '24 hours' - least(
            (SELECT min(created_at) FROM idempotency_keys),
            -- The first is the one that stays.
            (SELECT occurred_at FROM message_events ORDER BY xid, id OFFSET 1 LIMIT 1))
        """;

    private bool _isBehind;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Ready.WaitAsync(stoppingToken);
        var persistence = new Persistence("The removal of what is old", TimeSpan.FromMinutes(1), time, logger);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (await persistence.TryAsync(CleanAsync, stoppingToken))
            {
                // Not all replicas at once.
                await Task.Delay(
                    options.Value.CleanupInterval * (0.75 + (Random.Shared.NextDouble() / 2)),
                    time,
                    stoppingToken
                );
            }
        }
    }

    private async Task CleanAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        // Nobody waits for the janitor. The pool takes the setting back.
        await ScalarAsync<bool>(connection, PatienceSql, stoppingToken);
        if (await ScalarAsync<bool>(connection, TryLockSql, stoppingToken, Parameter(LockKey)))
        {
            try
            {
                var cutoff = await ScalarAsync<DateTime>(connection, CutoffSql, stoppingToken);
                await RemoveKeysAsync(connection, cutoff, stoppingToken);
                await RemoveEventsAsync(connection, cutoff, stoppingToken);
                await RemoveFutureEventsAsync(connection, stoppingToken);
            }
            finally
            {
                // The pool would keep the lock with the connection. One that is broken has lost it.
                if (connection.FullState == System.Data.ConnectionState.Open)
                {
                    await ScalarAsync<bool>(connection, UnlockSql, CancellationToken.None, Parameter(LockKey));
                }
            }
        }

        await CheckLagAsync(connection, stoppingToken);
    }

    private static async Task RemoveKeysAsync(
        NpgsqlConnection connection,
        DateTime cutoff,
        CancellationToken stoppingToken
    )
    {
        var from = DateTime.UnixEpoch;
        long removed;
        do
        {
            await using var command = new NpgsqlCommand(RemoveKeysSql, connection);
            command.Parameters.Add(Parameter(from));
            command.Parameters.Add(Parameter(cutoff));
            command.Parameters.Add(Parameter(BatchSize));
            await using var reader = await command.ExecuteReaderAsync(stoppingToken);
            await reader.ReadAsync(stoppingToken);
            removed = reader.GetInt64(0);
            from = removed > 0 ? reader.GetDateTime(1) : from;
        } while (removed == BatchSize);
    }

    private static async Task RemoveEventsAsync(
        NpgsqlConnection connection,
        DateTime cutoff,
        CancellationToken stoppingToken
    )
    {
        var place = default(LiveCursor);
        long removed;
        do
        {
            await using var command = new NpgsqlCommand(RemoveEventsSql, connection);
            command.Parameters.Add(
                new NpgsqlParameter<ulong> { TypedValue = place.TransactionId, NpgsqlDbType = NpgsqlDbType.Xid8 }
            );
            command.Parameters.Add(Parameter(place.EventId));
            command.Parameters.Add(Parameter(cutoff));
            command.Parameters.Add(Parameter(BatchSize));
            await using var reader = await command.ExecuteReaderAsync(stoppingToken);
            removed = await reader.ReadAsync(stoppingToken) ? reader.GetInt64(0) : 0;
            place = removed > 0 ? new LiveCursor(reader.GetFieldValue<ulong>(1), reader.GetInt64(2)) : place;
        } while (removed == BatchSize);
    }

    private static async Task RemoveFutureEventsAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        int removed;
        do
        {
            await using var command = new NpgsqlCommand(RemoveFutureEventsSql, connection);
            command.Parameters.Add(Parameter(BatchSize));
            removed = await command.ExecuteNonQueryAsync(stoppingToken);
        } while (removed == BatchSize);
    }

    /// <summary>Says once when there is more to remove than is removed.</summary>
    private async Task CheckLagAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        var lag = await ScalarAsync<TimeSpan?>(connection, LagSql, stoppingToken) ?? TimeSpan.Zero;
        var isBehind = lag > TimeSpan.FromHours(1) + (2 * options.Value.CleanupInterval);
        if (isBehind && !_isBehind)
        {
            LogBehind(lag);
        }

        _isBehind = isBehind;
    }

    private static async Task<T?> ScalarAsync<T>(
        NpgsqlConnection connection,
        string sql,
        CancellationToken cancellationToken,
        params NpgsqlParameter[] parameters
    )
    {
#pragma warning disable CA2100 // One of the statements above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && !await reader.IsDBNullAsync(0, cancellationToken)
            ? await reader.GetFieldValueAsync<T>(0, cancellationToken)
            : default;
    }

    private static NpgsqlParameter<T> Parameter<T>(T value) => new() { TypedValue = value };

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Idempotency keys and events are not removed as fast as they come: the oldest should have gone {Lag} ago. Look for a long transaction or a slow disk of PostgreSQL."
    )]
    private partial void LogBehind(TimeSpan lag);
}
