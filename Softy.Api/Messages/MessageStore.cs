using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Softy.Api.Http;
using Softy.Api.Stores;

namespace Softy.Api.Messages;

/// <summary>Messages in PostgreSQL. Each method is one transaction.</summary>
internal sealed class MessageStore(PostgresExecutor postgres)
{
    /// <summary>
    /// A page ends with the message that reaches this size, even if it has fewer messages than requested. It then fits
    /// into the buffer of a connection, and its arrays do not become large objects.
    /// </summary>
    private const int MaxPageBytes = 48 * 1024;

    /// <summary>About how many bytes the JSON of a message has without its author and text.</summary>
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

    // One statement, so that the key and the message are stored together or not at all. A second request with the same
    // key waits until the first has committed, and then gets no row. An expired key is reused.
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
                var created = ToCreatedMessage(
                    reader.GetInt64(0),
                    draft,
                    reader.GetFieldValue<DateTimeOffset>(1),
                    token
                );
                await WaitForCommitAsync(reader, cancellationToken);
                return created;
            },
            draft,
            cancellationToken
        );

    /// <summary>
    /// Creates a message, unless one was created with the same key before. In that case the result is the same as the
    /// first time, even if the message was deleted since.
    /// </summary>
    /// <returns>The message, and whether it was created now; null when the key was used for another message.</returns>
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
                    var token = key.DeriveSecret(salt);
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
                            var created = ToCreatedMessage(
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
                                    ToCreatedMessage(
                                        reader.GetInt64(2),
                                        draft,
                                        reader.GetFieldValue<DateTimeOffset>(3),
                                        key.DeriveSecret(reader.GetFieldValue<byte[]>(1))
                                    ),
                                    false
                                )
                                : (null, false);
                        }
                    }

                    // The key expired and was removed between the two statements, so it can be used.
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
                return await reader.ReadAsync(cancellationToken) ? ReadMessage(reader) : null;
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
                // One more than requested, to find out whether there is a next page.
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
                    var message = ReadMessage(reader);
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

                // A separate statement with its own snapshot, because another request may have just deleted the
                // message.
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
    /// Reads to the end of the transaction. The rows of a statement arrive before it commits, and disposing the reader
    /// would hide that the connection was lost between the two.
    /// </summary>
    private static async Task WaitForCommitAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.NextResultAsync(cancellationToken)) { }
    }

    private static NpgsqlParameter<T> Parameter<T>(T value) => new() { TypedValue = value };

    private static Message ReadMessage(NpgsqlDataReader reader) =>
        new(
            reader.GetInt64(0).ToString(CultureInfo.InvariantCulture),
            reader.GetString(1),
            reader.GetString(2),
            reader.GetFieldValue<DateTimeOffset>(3)
        );

    private static CreatedMessage ToCreatedMessage(
        long id,
        MessageDraft draft,
        DateTimeOffset createdAt,
        byte[] ownerToken
    ) =>
        new(
            id.ToString(CultureInfo.InvariantCulture),
            draft.Author,
            draft.Text,
            createdAt,
            OwnerToken.Format(ownerToken)
        );
}

/// <summary>The result of deleting a message.</summary>
internal enum DeleteOutcome
{
    Deleted,
    NotTheOwner,
    NotFound,
}
