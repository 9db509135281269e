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
/// these commit: an event is read only once every older transaction has ended, so that nothing can appear before it later.
/// </summary>
internal sealed class LiveLog(PostgresStore postgres)
{
    // Before every event of a transaction that has not ended yet, after all others.
    private const string EndSql = "SELECT pg_snapshot_xmin(pg_current_snapshot())";

    private const string ReadSql =
        """
        SELECT e.xid, e.id, e.kind, e.message_id, m.author, m.text, m.created_at,
               e.xid < pg_snapshot_xmin(pg_current_snapshot())
        FROM message_events e LEFT JOIN messages m ON m.id = e.message_id
        WHERE (e.xid, e.id) > ($1, $2)
        ORDER BY e.xid, e.id
        LIMIT $3
        """;

    // A log without events has an end all the same.
    private const string BoundsSql =
        """
        SELECT pg_snapshot_xmax(pg_current_snapshot()), first.xid, first.id
        FROM (SELECT) AS always
        LEFT JOIN (SELECT xid, id FROM message_events ORDER BY xid, id LIMIT 1) AS first ON true
        """;

    /// <summary>The place after everything that has happened.</summary>
    public ValueTask<LiveCursor> GetEndAsync(CancellationToken cancellationToken) => postgres.ReadAsync(
        static async (connection, _, cancellationToken) =>
        {
            await using var command = new NpgsqlCommand(EndSql, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return new LiveCursor(reader.GetFieldValue<ulong>(0), 0);
        },
        0,
        cancellationToken);

    /// <summary>Whether every event after a place is still in the log.</summary>
    public ValueTask<bool> IsCompleteAfterAsync(LiveCursor cursor, CancellationToken cancellationToken) => postgres.ReadAsync(
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
        cancellationToken);

    /// <summary>Reads what happened after a place.</summary>
    public ValueTask<LiveBatch> ReadAsync(LiveCursor after, int limit, CancellationToken cancellationToken) => postgres.ReadAsync(
        static async (connection, request, cancellationToken) =>
        {
            var (position, limit) = request;
            await using var command = new NpgsqlCommand(ReadSql, connection);
            command.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = position.TransactionId, NpgsqlDbType = NpgsqlDbType.Xid8 });
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
        (after, limit),
        cancellationToken);

    private static byte[]? CreateFrame(NpgsqlDataReader reader, LiveCursor position)
    {
        var id = reader.GetInt64(3).ToString(CultureInfo.InvariantCulture);
        if (reader.GetString(2) == "deleted")
        {
            return LiveEvent.CreateFrame(
                "deleted", JsonSerializer.SerializeToUtf8Bytes(new DeletedMessage(id), ApiJsonContext.Shared.DeletedMessage), position);
        }

        // A message that is gone already is not shown to anybody any more.
        return reader.IsDBNull(4)
            ? null
            : LiveEvent.CreateFrame(
                "message",
                JsonSerializer.SerializeToUtf8Bytes(
                    new Message(id, reader.GetString(4), reader.GetString(5), reader.GetFieldValue<DateTimeOffset>(6)),
                    ApiJsonContext.Shared.Message),
                position);
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
