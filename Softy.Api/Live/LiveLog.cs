using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Softy.Api.Messages;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>
/// The log of message events in PostgreSQL. Events are ordered by transaction id, which is not the order in which
/// transactions commit. An event is therefore read only after all older transactions that may write to the log have
/// ended, so that no event can appear before it later.
/// <para>
/// The snapshot has the running transactions of all databases of the server. Those that do not write to the log need
/// not be waited for: they have a transaction id but no lock on the table. A writer always has both, because its only
/// statement locks the table before it gets an id. There is one race: a writer that ends releases its locks before its
/// id leaves the snapshot, and would look like a transaction without a lock. A transaction therefore counts as a
/// non-writer only if the snapshot of a later statement still has it, because then it was running while the locks were
/// read.
/// </para>
/// </summary>
internal sealed class LiveLog(PostgresExecutor postgres)
{
    // The first transaction id that may still write: the oldest running one, or else the next one to be assigned.
    private const string HorizonSql = """
        coalesce(
            (SELECT running FROM pg_snapshot_xip(pg_current_snapshot()) AS running
             WHERE running <> ALL ($1) ORDER BY running LIMIT 1),
            pg_snapshot_xmax(pg_current_snapshot()))
        """;

    private const string EndSql = $"SELECT {HorizonSql}";

    private const string ReadSql = $"""
        SELECT e.xid, e.id, e.kind, e.message_id, m.author, m.text, m.created_at, e.xid < {HorizonSql}
        FROM message_events e LEFT JOIN messages m ON m.id = e.message_id
        WHERE (e.xid, e.id) > ($2, $3)
        ORDER BY e.xid, e.id
        LIMIT $4
        """;

    // MATERIALIZED, because the locks have to be read only once.
    private const string NonWritersSql = """
        WITH locks AS MATERIALIZED (
            SELECT locktype, transactionid, database, relation, mode, virtualtransaction FROM pg_locks WHERE granted
        )
        SELECT running
        FROM pg_snapshot_xip(pg_current_snapshot()) AS running
        JOIN locks AS number
            ON number.locktype = 'transactionid' AND number.transactionid = running::xid
            AND number.mode = 'ExclusiveLock'
        WHERE NOT EXISTS (
            SELECT FROM locks AS log
            WHERE log.virtualtransaction = number.virtualtransaction
            AND log.locktype = 'relation' AND log.mode = 'RowExclusiveLock'
            AND log.relation = 'message_events'::regclass
            AND log.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        """;

    private const string OldestWriterSql = """
        SELECT log.pid, activity.usename, activity.application_name
        FROM pg_locks AS log
        JOIN pg_locks AS number
            ON number.virtualtransaction = log.virtualtransaction AND number.locktype = 'transactionid'
            AND number.granted
        LEFT JOIN pg_stat_activity AS activity ON activity.pid = log.pid
        WHERE log.locktype = 'relation' AND log.mode = 'RowExclusiveLock' AND log.granted
        AND log.relation = 'message_events'::regclass
        AND log.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY activity.xact_start NULLS FIRST
        LIMIT 1
        """;

    // The outer query returns a row even when the log is empty.
    private const string BoundsSql = """
        SELECT pg_snapshot_xmax(pg_current_snapshot()), first.xid, first.id
        FROM (SELECT) AS always
        LEFT JOIN (SELECT xid, id FROM message_events ORDER BY xid, id LIMIT 1) AS first ON true
        """;

    private volatile ulong[] _nonWriters = [];

    /// <summary>Updates the list of running transactions that do not write to the log.</summary>
    /// <returns>Whether the list has transactions that it did not have before.</returns>
    public async ValueTask<bool> RefreshNonWritersAsync(CancellationToken cancellationToken)
    {
        var before = _nonWriters;
        var now = await postgres.ReadAsync(
            static async (connection, _, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(NonWritersSql, connection);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                var transactions = new List<ulong>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    transactions.Add(reader.GetFieldValue<ulong>(0));
                }

                return transactions.ToArray();
            },
            0,
            cancellationToken
        );
        _nonWriters = now;
        return now.Except(before).Any();
    }

    /// <summary>Describes the oldest transaction that writes to the log.</summary>
    public ValueTask<string> DescribeOldestWriterAsync(CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, _, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(OldestWriterSql, connection);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                return !await reader.ReadAsync(cancellationToken) ? "one that has just ended"
                    : await reader.IsDBNullAsync(0, cancellationToken)
                        ? "no process: it is a prepared transaction (see pg_prepared_xacts)"
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"process {reader.GetInt32(0)} of {Text(reader, 1)}, application '{Text(reader, 2)}'"
                    );

                static string Text(NpgsqlDataReader reader, int column) =>
                    reader.IsDBNull(column) ? "?" : reader.GetString(column);
            },
            0,
            cancellationToken
        );

    /// <summary>Gets the position after all events so far.</summary>
    public ValueTask<LiveCursor> GetEndAsync(CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, nonWriters, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(EndSql, connection);
                command.Parameters.Add(NonWriters(nonWriters));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                return new LiveCursor(reader.GetFieldValue<ulong>(0), 0);
            },
            _nonWriters,
            cancellationToken
        );

    /// <summary>Whether the log still has all events after a position.</summary>
    public ValueTask<bool> HasAllEventsAfterAsync(LiveCursor cursor, CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, cursor, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(BoundsSql, connection);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                if (cursor.TransactionId > reader.GetFieldValue<ulong>(0))
                {
                    // The position is from a database that this one has replaced.
                    return false;
                }

                if (await reader.IsDBNullAsync(1, cancellationToken))
                {
                    return true;
                }

                // If the very first event is still there, none was removed.
                var first = new LiveCursor(reader.GetFieldValue<ulong>(1), reader.GetInt64(2));
                return cursor >= first || first.EventId == 1;
            },
            cursor,
            cancellationToken
        );

    /// <summary>Reads events after a position.</summary>
    public ValueTask<LiveBatch> ReadAsync(LiveCursor after, int limit, CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, request, cancellationToken) =>
            {
                var (position, limit, nonWriters) = request;
                await using var command = new NpgsqlCommand(ReadSql, connection);
                command.Parameters.Add(NonWriters(nonWriters));
                command.Parameters.Add(
                    new NpgsqlParameter<ulong> { TypedValue = position.TransactionId, NpgsqlDbType = NpgsqlDbType.Xid8 }
                );
                command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position.EventId });
                command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);

                var events = new List<LiveEvent>();
                var rows = 0;
                while (await reader.ReadAsync(cancellationToken))
                {
                    if (!reader.GetBoolean(7))
                    {
                        return new LiveBatch(events, position, LiveBatchEnd.WaitingForWriter);
                    }

                    rows++;
                    position = new LiveCursor(reader.GetFieldValue<ulong>(0), reader.GetInt64(1));
                    if (CreateFrame(reader, position) is { } frame)
                    {
                        events.Add(new LiveEvent(position, frame));
                    }
                }

                return new LiveBatch(events, position, rows == limit ? LiveBatchEnd.More : LiveBatchEnd.Complete);
            },
            (after, limit, _nonWriters),
            cancellationToken
        );

    private static NpgsqlParameter<ulong[]> NonWriters(ulong[] transactions) =>
        new() { TypedValue = transactions, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid8 };

    private static byte[]? CreateFrame(NpgsqlDataReader reader, LiveCursor position)
    {
        var id = reader.GetInt64(3).ToString(CultureInfo.InvariantCulture);
        if (reader.GetString(2) == "deleted")
        {
            return LiveEvent.CreateFrame(
                "deleted",
                JsonSerializer.SerializeToUtf8Bytes(new DeletedMessage(id), LiveJsonContext.Shared.DeletedMessage),
                position
            );
        }

        // The message was deleted meanwhile, so its creation is not announced.
        return reader.IsDBNull(4)
            ? null
            : LiveEvent.CreateFrame(
                "message",
                JsonSerializer.SerializeToUtf8Bytes(
                    new Message(id, reader.GetString(4), reader.GetString(5), reader.GetFieldValue<DateTimeOffset>(6)),
                    MessageJsonContext.Shared.Message
                ),
                position
            );
    }
}

/// <summary>A batch of events from the log.</summary>
/// <param name="Events">The events, in order.</param>
/// <param name="Position">Where to continue.</param>
/// <param name="End">Why the batch ends there.</param>
internal sealed record LiveBatch(IReadOnlyList<LiveEvent> Events, LiveCursor Position, LiveBatchEnd End);

/// <summary>Why a batch ends.</summary>
internal enum LiveBatchEnd
{
    /// <summary>There are no more events.</summary>
    Complete,

    /// <summary>The batch is full, and there are more events.</summary>
    More,

    /// <summary>There are more events, but an older transaction that may write to the log has not ended.</summary>
    WaitingForWriter,
}
