using Npgsql;
using Softy.Api.Schema;

namespace Softy.Api.Messages;

/// <summary>
/// Removes what has had its time: idempotency keys and events after 24 hours. Every replica does so now and then; they do
/// not get in each other's way.
/// </summary>
internal sealed partial class MessageJanitor(NpgsqlDataSource dataSource, SchemaState schema, TimeProvider time, ILogger<MessageJanitor> logger)
    : BackgroundService
{
    private const int BatchSize = 1000;

    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(10);

    private static readonly string[] _statements =
    [
        """
        DELETE FROM idempotency_keys WHERE key_hash IN (
            SELECT key_hash FROM idempotency_keys WHERE created_at <= now() - interval '24 hours'
            LIMIT $1 FOR UPDATE SKIP LOCKED)
        """,
        // The newest of the old events stays: it marks from where on the log is complete.
        """
        DELETE FROM message_events WHERE (xid, id) IN (
            SELECT xid, id FROM message_events
            WHERE (xid, id) < (
                SELECT xid, id FROM message_events WHERE occurred_at <= now() - interval '24 hours'
                ORDER BY xid DESC, id DESC LIMIT 1)
            ORDER BY xid, id LIMIT $1)
        """,
        // Events from the future come from another server, whose dump was restored here. They would hold back the others.
        """
        DELETE FROM message_events WHERE (xid, id) IN (
            SELECT xid, id FROM message_events WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) LIMIT $1)
        """,
    ];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Ready.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var statement in _statements)
                {
                    await RemoveAsync(statement, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Not even a deadlock with another replica's janitor is a reason to end this one.
                LogPostponed(exception.Message);
            }

            // Not all replicas at once.
            await Task.Delay(_interval * (0.75 + (Random.Shared.NextDouble() / 2)), time, stoppingToken);
        }
    }

    private async Task RemoveAsync(string statement, CancellationToken cancellationToken)
    {
        int removed;
        do
        {
            await using var command = dataSource.CreateCommand(statement);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = BatchSize });
            removed = await command.ExecuteNonQueryAsync(cancellationToken);
        }
        while (removed == BatchSize);
    }

    [LoggerMessage(1, LogLevel.Debug, "Old idempotency keys and events are removed later: {Reason}")]
    private partial void LogPostponed(string reason);
}
