using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Softy.Api.Http;
using Softy.Api.Messages;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>
/// The log of message events in PostgreSQL. Events are in the order of their transactions, which is not the order in which
/// these commit: an event is read only once every older transaction that may write to the log has ended, so that nothing
/// can appear before it later.
/// <para>
/// Transactions that are under way are known from the snapshot, whatever database of the server they are in. Those that do
/// not write to the log are exempted: they have their number, and no lock on the table. This holds because every writer
/// locks the table before it gets its number, both in the one statement that it consists of. A transaction that was looked
/// up in the locks may have ended meanwhile, its locks before its number; exempted is therefore only one that the snapshot
/// of a later statement still has: it was under way all the time that the locks were read.
/// </para>
/// </summary>
internal sealed class LiveLog(PostgresStore postgres)
{
    // Before every event of a transaction that has not ended yet, after all others.
    private const string HorizonSql = """
        coalesce(
            (SELECT running FROM pg_snapshot_xip(pg_current_snapshot()) AS running WHERE running <> ALL ($1) ORDER BY running LIMIT 1),
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

    // The locks are read once, and as a whole.
    private const string ExemptSql = """
        WITH locks AS MATERIALIZED (
            SELECT locktype, transactionid, database, relation, mode, virtualtransaction FROM pg_locks WHERE granted
        )
        SELECT running
        FROM pg_snapshot_xip(pg_current_snapshot()) AS running
        JOIN locks AS number ON number.locktype = 'transactionid' AND number.transactionid = running::xid AND number.mode = 'ExclusiveLock'
        WHERE NOT EXISTS (
            SELECT FROM locks AS log
            WHERE log.virtualtransaction = number.virtualtransaction AND log.locktype = 'relation' AND log.mode = 'RowExclusiveLock'
            AND log.relation = 'message_events'::regclass
            AND log.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        """;

    private const string WriterSql = """
        SELECT log.pid, activity.usename, activity.application_name
        FROM pg_locks AS log
        JOIN pg_locks AS number ON number.virtualtransaction = log.virtualtransaction AND number.locktype = 'transactionid' AND number.granted
        LEFT JOIN pg_stat_activity AS activity ON activity.pid = log.pid
        WHERE log.locktype = 'relation' AND log.mode = 'RowExclusiveLock' AND log.granted AND log.relation = 'message_events'::regclass
        AND log.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY activity.xact_start NULLS FIRST
        LIMIT 1
        """;

    // A log without events has an end all the same.
    private const string BoundsSql = """
        SELECT pg_snapshot_xmax(pg_current_snapshot()), first.xid, first.id
        FROM (SELECT) AS always
        LEFT JOIN (SELECT xid, id FROM message_events ORDER BY xid, id LIMIT 1) AS first ON true
        """;

    private volatile ulong[] _exempt = [];

    /// <summary>Finds the transactions under way that do not write to the log.</summary>
    /// <returns>Whether there are some that were not known.</returns>
    public async ValueTask<bool> ExemptAsync(CancellationToken cancellationToken)
    {
        var before = _exempt;
        var now = await postgres.ReadAsync(
            static async (connection, _, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(ExemptSql, connection);
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
        _exempt = now;
        return now.Except(before).Any();
    }

    /// <summary>Names the transaction that has been writing to the log for longest.</summary>
    public ValueTask<string> DescribeWriterAsync(CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, _, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(WriterSql, connection);
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

    /// <summary>The place after everything that has happened.</summary>
    public ValueTask<LiveCursor> GetEndAsync(CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, exempt, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(EndSql, connection);
                command.Parameters.Add(Exempt(exempt));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                return new LiveCursor(reader.GetFieldValue<ulong>(0), 0);
            },
            _exempt,
            cancellationToken
        );

    /// <summary>Whether every event after a place is still in the log.</summary>
    public ValueTask<bool> IsCompleteAfterAsync(LiveCursor cursor, CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, cursor, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(BoundsSql, connection);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                if (cursor.TransactionId > reader.GetFieldValue<ulong>(0))
                {
                    // A place in the future was given out by a database that this one has replaced.
                    return false;
                }

                if (await reader.IsDBNullAsync(1, cancellationToken))
                {
                    return true;
                }

                // The first event that was ever logged has nothing before it that could be gone.
                var first = new LiveCursor(reader.GetFieldValue<ulong>(1), reader.GetInt64(2));
                return cursor >= first || first.EventId == 1;
            },
            cursor,
            cancellationToken
        );

    /// <summary>Reads what happened after a place.</summary>
    public ValueTask<LiveBatch> ReadAsync(LiveCursor after, int limit, CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, request, cancellationToken) =>
            {
                var (position, limit, exempt) = request;
                await using var command = new NpgsqlCommand(ReadSql, connection);
                command.Parameters.Add(Exempt(exempt));
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
                        return new LiveBatch(events, position, LiveBatchEnd.Unsettled);
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
            (after, limit, _exempt),
            cancellationToken
        );

    private static NpgsqlParameter<ulong[]> Exempt(ulong[] transactions) =>
        new() { TypedValue = transactions, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid8 };

    private static byte[]? CreateFrame(NpgsqlDataReader reader, LiveCursor position)
    {
        var id = reader.GetInt64(3).ToString(CultureInfo.InvariantCulture);
        if (reader.GetString(2) == "deleted")
        {
            return LiveEvent.CreateFrame(
                "deleted",
                JsonSerializer.SerializeToUtf8Bytes(new DeletedMessage(id), ApiJsonContext.Shared.DeletedMessage),
                position
            );
        }

        // A message that is gone already is not shown to anybody any more.
        return reader.IsDBNull(4)
            ? null
            : LiveEvent.CreateFrame(
                "message",
                JsonSerializer.SerializeToUtf8Bytes(
                    new Message(id, reader.GetString(4), reader.GetString(5), reader.GetFieldValue<DateTimeOffset>(6)),
                    ApiJsonContext.Shared.Message
                ),
                position
            );
    }
}

/// <summary>A part of the log.</summary>
/// <param name="Events">The events, in order.</param>
/// <param name="Position">Where to read on.</param>
/// <param name="End">Why it ends there.</param>
internal sealed record LiveBatch(IReadOnlyList<LiveEvent> Events, LiveCursor Position, LiveBatchEnd End);

/// <summary>Why a part of the log ends.</summary>
internal enum LiveBatchEnd
{
    /// <summary>There is no more.</summary>
    Complete,

    /// <summary>There is more to read at once.</summary>
    More,

    /// <summary>There is more, but an older transaction has not ended yet.</summary>
    Unsettled,
}
