using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Softy.Api.Schema;
using Softy.Api.Stores;

namespace Softy.Api.Messages;

/// <summary>
/// Removes idempotency keys and events that are older than 24 hours. An advisory lock lets only one replica at a time
/// do it. Each batch starts where the one before ended, so that it does not scan the rows that were just removed.
/// </summary>
internal sealed partial class MessageJanitor(
    NpgsqlDataSource dataSource,
    SchemaState schema,
    IOptions<MessageOptions> options,
    TimeProvider time,
    ILogger<MessageJanitor> logger
) : BackgroundService
{
    /// <summary>An arbitrary number that nothing else uses: "clean" in ASCII.</summary>
    private const long LockKey = 0x63_6C_65_61_6E;
    private const int BatchSize = 1000;

    private const string StatementTimeoutSql = "SELECT set_config('statement_timeout', '30s', false) IS NOT NULL";
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

    // Removes events in the order of the log, up to the first that is not old. The newest of the old events stays,
    // because it marks the position after which the log is complete. A time far in the future comes from a wrong clock,
    // so that such an event counts as old.
    private const string RemoveEventsSql = """
        WITH first AS (
            SELECT xid, id, occurred_at FROM message_events WHERE (xid, id) > ($1, $2) ORDER BY xid, id LIMIT $4 + 1
        ), followed AS (
            SELECT xid, id,
                   bool_and(occurred_at <= $3 OR occurred_at > now() + interval '24 hours') OVER place AS is_old,
                   lead(occurred_at <= $3 OR occurred_at > now() + interval '24 hours') OVER place AS is_next_old
            FROM first WINDOW place AS (ORDER BY xid, id)
        ), removed AS (
            DELETE FROM message_events USING followed
            WHERE (message_events.xid, message_events.id) = (followed.xid, followed.id) AND is_old AND is_next_old
            RETURNING message_events.xid, message_events.id
        )
        SELECT count(*) OVER (), xid, id FROM removed ORDER BY xid DESC, id DESC LIMIT 1
        """;

    // Removes events with transaction ids that this server has not assigned yet. They come from a restored dump of
    // another server, and would block the events after them.
    private const string RemoveFutureEventsSql = """
        DELETE FROM message_events WHERE (xid, id) IN (
            SELECT xid, id FROM message_events WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) LIMIT $1)
        """;

    private const string LagSql = """
        SELECT now() - interval '24 hours' - least(
            (SELECT min(created_at) FROM idempotency_keys),
            -- The first event always stays.
            (SELECT occurred_at FROM message_events ORDER BY xid, id OFFSET 1 LIMIT 1))
        """;

    private bool _isBehind;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Ready.WaitAsync(stoppingToken);
        var retry = new BackgroundRetry(
            "The removal of old idempotency keys and events",
            TimeSpan.FromMinutes(1),
            time,
            logger
        );
        while (!stoppingToken.IsCancellationRequested)
        {
            if (await retry.TryAsync(CleanAsync, stoppingToken))
            {
                // Random, so that not all replicas try at the same time.
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
        // No request waits for this connection. The pool resets the setting.
        await ScalarAsync<bool>(connection, StatementTimeoutSql, stoppingToken);
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
                // The pool would keep the connection and with it the lock. A broken connection has lost the lock.
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
        var (transactionId, eventId) = (0UL, 0L);
        long removed;
        do
        {
            await using var command = new NpgsqlCommand(RemoveEventsSql, connection);
            command.Parameters.Add(
                new NpgsqlParameter<ulong> { TypedValue = transactionId, NpgsqlDbType = NpgsqlDbType.Xid8 }
            );
            command.Parameters.Add(Parameter(eventId));
            command.Parameters.Add(Parameter(cutoff));
            command.Parameters.Add(Parameter(BatchSize));
            await using var reader = await command.ExecuteReaderAsync(stoppingToken);
            removed = await reader.ReadAsync(stoppingToken) ? reader.GetInt64(0) : 0;
            if (removed > 0)
            {
                (transactionId, eventId) = (reader.GetFieldValue<ulong>(1), reader.GetInt64(2));
            }
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

    /// <summary>Logs a warning once when rows are added faster than they are removed.</summary>
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
#pragma warning disable CA2100 // The statement is one of the constants above.
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
        "Idempotency keys and events are not removed as fast as they come: the oldest should have been removed {Lag} "
            + "ago. Check PostgreSQL for a long transaction or a slow disk."
    )]
    private partial void LogBehind(TimeSpan lag);
}
