using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Softy.Api.Http;
using Softy.Api.Stores;

namespace Softy.Api.Messages;

/// <summary>Messages in PostgreSQL. Each method is one transaction.</summary>
internal sealed class MessageStore(PostgresStore postgres)
{
    /// <summary>
    /// A page ends with the message that reaches this size, although it has fewer than were asked for: it fits into what
    /// a connection may have in its buffer, and into what is no large object for the garbage collector.
    /// </summary>
    private const int MaxPageBytes = 48 * 1024;

    /// <summary>About what a message takes beside its author and text.</summary>
    private const int MemberBytes = 100;

    private const string CreateSql = """
        WITH created AS (
            INSERT INTO messages (author, text, owner_hash) VALUES ($1, $2, $3)
            RETURNING id, created_at
        ), event AS (
            INSERT INTO message_events (kind, message_id) SELECT 'created', id FROM created
        )
        SELECT id, created_at FROM created
        """;

    // One statement, so that the key and the message are there together or not at all. A second request with the same key
    // waits here until the first is committed, and gets no row then. A key that is past its time is taken over.
    private const string CreateOnceSql = """
        WITH claimed AS (
            INSERT INTO idempotency_keys AS existing (key_hash, request_hash, salt, message_id)
            VALUES ($4, $5, $6, nextval(pg_get_serial_sequence('messages', 'id')))
            ON CONFLICT (key_hash) DO UPDATE
            SET request_hash = excluded.request_hash, salt = excluded.salt, message_id = excluded.message_id,
                created_at = excluded.created_at
            WHERE existing.created_at <= now() - interval '24 hours'
            RETURNING message_id, created_at
        ), created AS (
            INSERT INTO messages (id, author, text, owner_hash, created_at) OVERRIDING SYSTEM VALUE
            SELECT message_id, $1, $2, $3, created_at FROM claimed
        ), event AS (
            INSERT INTO message_events (kind, message_id) SELECT 'created', message_id FROM claimed
        )
        SELECT message_id, created_at FROM claimed
        """;

    private const string FindKeySql =
        "SELECT request_hash, salt, message_id, created_at FROM idempotency_keys WHERE key_hash = $1";

    private const string FindSql = "SELECT id, author, text, created_at FROM messages WHERE id = $1";

    private const string ListSql =
        "SELECT id, author, text, created_at FROM messages WHERE id < $1 ORDER BY id DESC LIMIT $2";

    private const string DeleteSql = """
        WITH deleted AS (
            DELETE FROM messages WHERE id = $1 AND owner_hash = $2 RETURNING id
        ), event AS (
            INSERT INTO message_events (kind, message_id) SELECT 'deleted', id FROM deleted
        )
        SELECT count(*) FROM deleted
        """;

    private const string ExistsSql = "SELECT EXISTS (SELECT FROM messages WHERE id = $1)";

    /// <summary>Creates a message.</summary>
    public ValueTask<CreatedMessage> CreateAsync(MessageDraft draft, CancellationToken cancellationToken) =>
        postgres.ChangeAsync(
            static async (connection, draft, cancellationToken) =>
            {
                var token = OwnerToken.Create();
                await using var command = new NpgsqlCommand(CreateSql, connection);
                command.Parameters.Add(Parameter(draft.Author));
                command.Parameters.Add(Parameter(draft.Text));
                command.Parameters.Add(Parameter(OwnerToken.Hash(token)));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                var created = Describe(reader.GetInt64(0), draft, reader.GetFieldValue<DateTimeOffset>(1), token);
                await WaitForCommitAsync(reader, cancellationToken);
                return created;
            },
            draft,
            cancellationToken
        );

    /// <summary>
    /// Creates a message unless it was created under the same key before; then answers what was answered then, even if the
    /// message was deleted since.
    /// </summary>
    /// <returns>The message, and whether it was created now; no message when the key was used for another one.</returns>
    public ValueTask<(CreatedMessage? Message, bool IsNew)> CreateOnceAsync(
        MessageDraft draft,
        IdempotencyKey key,
        CancellationToken cancellationToken
    ) =>
        postgres.ChangeAsync(
            static async (connection, request, cancellationToken) =>
            {
                var (draft, key) = request;
                var (keyHash, requestHash) = (key.Hash, draft.Hash());
                while (true)
                {
                    var salt = OwnerToken.Create();
                    var token = key.Derive(salt);
                    await using (var create = new NpgsqlCommand(CreateOnceSql, connection))
                    {
                        create.Parameters.Add(Parameter(draft.Author));
                        create.Parameters.Add(Parameter(draft.Text));
                        create.Parameters.Add(Parameter(OwnerToken.Hash(token)));
                        create.Parameters.Add(Parameter(keyHash));
                        create.Parameters.Add(Parameter(requestHash));
                        create.Parameters.Add(Parameter(salt));
                        await using var reader = await create.ExecuteReaderAsync(cancellationToken);
                        if (await reader.ReadAsync(cancellationToken))
                        {
                            var created = Describe(
                                reader.GetInt64(0),
                                draft,
                                reader.GetFieldValue<DateTimeOffset>(1),
                                token
                            );
                            await WaitForCommitAsync(reader, cancellationToken);
                            return ((CreatedMessage?)created, true);
                        }
                    }

                    await using (var find = new NpgsqlCommand(FindKeySql, connection))
                    {
                        find.Parameters.Add(Parameter(keyHash));
                        await using var reader = await find.ExecuteReaderAsync(cancellationToken);
                        if (await reader.ReadAsync(cancellationToken))
                        {
                            return CryptographicOperations.FixedTimeEquals(reader.GetFieldValue<byte[]>(0), requestHash)
                                ? (
                                    Describe(
                                        reader.GetInt64(2),
                                        draft,
                                        reader.GetFieldValue<DateTimeOffset>(3),
                                        key.Derive(reader.GetFieldValue<byte[]>(1))
                                    ),
                                    false
                                )
                                : (null, false);
                        }
                    }

                    // The key has gone past its time between the two statements, and was removed: it is free.
                }
            },
            (draft, key),
            cancellationToken
        );

    /// <summary>Finds a message.</summary>
    public ValueTask<Message?> FindAsync(long id, CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, id, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(FindSql, connection);
                command.Parameters.Add(Parameter(id));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
            },
            id,
            cancellationToken
        );

    /// <summary>Reads a page of messages, newest first.</summary>
    public ValueTask<MessagePage> ListAsync(PageRequest page, CancellationToken cancellationToken) =>
        postgres.ReadAsync(
            static async (connection, page, cancellationToken) =>
            {
                await using var command = new NpgsqlCommand(ListSql, connection);
                command.Parameters.Add(Parameter(page.After ?? long.MaxValue));
                // One more than asked for tells whether there is a next page.
                command.Parameters.Add(Parameter(page.Limit + 1L));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);

                var items = new List<Message>(page.Limit);
                var (lastId, bytes) = (0L, 0);
                while (await reader.ReadAsync(cancellationToken))
                {
                    if (items.Count == page.Limit || bytes >= MaxPageBytes)
                    {
                        return new MessagePage(items, PageRequest.FormatCursor(lastId));
                    }

                    lastId = reader.GetInt64(0);
                    var message = Read(reader);
                    items.Add(message);
                    bytes +=
                        Encoding.UTF8.GetByteCount(message.Author)
                        + Encoding.UTF8.GetByteCount(message.Text)
                        + MemberBytes;
                }

                return new MessagePage(items, Next: null);
            },
            page,
            cancellationToken
        );

    /// <summary>Deletes a message if the token is its owner's.</summary>
    public ValueTask<DeleteOutcome> DeleteAsync(long id, string? ownerToken, CancellationToken cancellationToken) =>
        postgres.ChangeAsync(
            static async (connection, request, cancellationToken) =>
            {
                var (id, ownerToken) = request;
                if (OwnerToken.TryParse(ownerToken, out var token))
                {
                    await using var delete = new NpgsqlCommand(DeleteSql, connection);
                    delete.Parameters.Add(Parameter(id));
                    delete.Parameters.Add(Parameter(OwnerToken.Hash(token)));
                    if (await delete.ExecuteScalarAsync(cancellationToken) is > 0L)
                    {
                        return DeleteOutcome.Deleted;
                    }
                }

                // Asked afterwards, with a view of its own: somebody else may have deleted the message just now.
                await using var exists = new NpgsqlCommand(ExistsSql, connection);
                exists.Parameters.Add(Parameter(id));
                return await exists.ExecuteScalarAsync(cancellationToken) is true
                    ? DeleteOutcome.NotTheOwner
                    : DeleteOutcome.NotFound;
            },
            (id, ownerToken),
            cancellationToken
        );

    /// <summary>
    /// Reads on to the end of the transaction. The rows of a statement arrive before its commit, and disposing the reader
    /// would not say that the connection was lost between the two.
    /// </summary>
    private static async Task WaitForCommitAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.NextResultAsync(cancellationToken)) { }
    }

    private static NpgsqlParameter<T> Parameter<T>(T value) => new() { TypedValue = value };

    private static Message Read(NpgsqlDataReader reader) =>
        new(
            reader.GetInt64(0).ToString(CultureInfo.InvariantCulture),
            reader.GetString(1),
            reader.GetString(2),
            reader.GetFieldValue<DateTimeOffset>(3)
        );

    private static CreatedMessage Describe(long id, MessageDraft draft, DateTimeOffset createdAt, byte[] ownerToken) =>
        new(
            id.ToString(CultureInfo.InvariantCulture),
            draft.Author,
            draft.Text,
            createdAt,
            OwnerToken.Format(ownerToken)
        );
}

/// <summary>What became of a request to delete a message.</summary>
internal enum DeleteOutcome
{
    Deleted,
    NotTheOwner,
    NotFound,
}
