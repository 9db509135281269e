using Npgsql;

namespace Softy.Tests.Api;

/// <summary>
/// A transaction that stays open delays the feed only if it writes to the feed's log, and then the replica logs a
/// warning.
/// </summary>
public sealed class BlockedFeedTests(StoreServers stores) : ReplicaTest(stores)
{
    [Fact]
    public async Task A_transaction_that_does_not_write_to_the_log_does_not_delay_the_feed()
    {
        await using var replica = await StartAsync();
        // The first is in another database, the second in this one, and the third writes to another table of the
        // application.
        await using var elsewhere = await replica.ConnectAsync("postgres");
        await using var here = await replica.ConnectAsync();
        await using var keys = await replica.ConnectAsync();
        var open = new[]
        {
            await BeginAsync(elsewhere, "SELECT pg_current_xact_id()::text"),
            await BeginAsync(here, "CREATE TABLE unrelated (id int)"),
            await BeginAsync(keys, "DELETE FROM idempotency_keys"),
        };

        await using var reader = new LiveReader(replica.Client);
        // A reader counts as started when it has received its first event.
        await replica.StatusAsync(HttpMethod.Post, "/api/visits");
        await reader.StartAsync().WaitAsync(Cancellation);
        var created = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            created.Add((await replica.CreateMessageAsync("Speaker", $"Word {i}")).Id);
        }

        await Eventually.Async(() => reader.MessageCount == 20, "the messages are shown", TimeSpan.FromSeconds(30));
        foreach (var transaction in open)
        {
            await transaction.DisposeAsync();
        }

        created.Add((await replica.CreateMessageAsync("Speaker", "The last word")).Id);
        await Eventually.Async(() => reader.MessageCount == 21, "the feed goes on");
        reader.Messages.Select(message => message.Id).ShouldBe(created);
        replica.Says("does not end").ShouldBe(0);
    }

    [Fact]
    public async Task A_writer_that_does_not_end_is_polled_rarely_and_named_in_a_warning()
    {
        await using var replica = await StartAsync();
        await using var reader = new LiveReader(replica.Client);
        await replica.StatusAsync(HttpMethod.Post, "/api/visits");
        await reader.StartAsync().WaitAsync(Cancellation);
        await replica.CreateMessageAsync("Speaker", "First");
        await Eventually.Async(() => reader.MessageCount == 1, "the feed runs");

        await using var connection = await replica.ConnectAsync(applicationName: "sleeper");
        await using var transaction = await BeginAsync(
            connection,
            """
            WITH created AS (
                INSERT INTO messages (author, text, owner_hash) VALUES ('Sleeper', 'Second', '') RETURNING id
            )
            INSERT INTO message_events (kind, message_id) SELECT 'created', id FROM created
            """
        );
        await replica.CreateMessageAsync("Speaker", "Third");
        var before = await CountReadsAsync(replica);
        await Eventually.Async(() => replica.Says("does not end") > 0, "the replica says who is in the way");
        var reads = await CountReadsAsync(replica) - before;

        replica.Says("application 'sleeper'").ShouldBe(1);
        replica.Output.ShouldContain($"process {connection.ProcessID} of postgres");
        Output.WriteLine($"{reads} reads until the warning.");
        // Without longer pauses, the feed would read the log a hundred times a second.
        reads.ShouldBeLessThan(100);
        reader.MessageCount.ShouldBe(1);

        await transaction.CommitAsync(Cancellation);
        await Eventually.Async(() => reader.MessageCount == 3, "the feed goes on");
        // The order is that of the transactions, without a gap or a duplicate.
        reader.Messages.Select(message => message.Text).ShouldBe(["First", "Second", "Third"]);
        replica.Says("does not end").ShouldBe(1);
    }

    [Fact]
    public async Task Writers_that_overlap_in_any_order_are_all_shown_once()
    {
        const int Writers = 8;
        const int Each = 40;
        await using var replica = await StartAsync();
        await using var bystander = await replica.ConnectAsync("postgres");
        await using var idle = await BeginAsync(bystander, "SELECT pg_current_xact_id()::text");
        await using var reader = new LiveReader(replica.Client);
        await replica.StatusAsync(HttpMethod.Post, "/api/visits");
        await reader.StartAsync().WaitAsync(Cancellation);

        // Transactions of different lengths run beside unrelated ones, which begin and end all the time.
        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(async writer =>
                {
                    await using var connection = await replica.ConnectAsync();
                    await using var unrelated = await replica.ConnectAsync("postgres");
                    for (var n = 0; n < Each; n++)
                    {
                        await using (await BeginAsync(unrelated, "SELECT pg_current_xact_id()::text"))
                        {
                            await using var transaction = await BeginAsync(
                                connection,
                                $"""
                                WITH created AS (
                                    INSERT INTO messages (author, text, owner_hash)
                                    VALUES ('Writer {writer}', '{n}', '') RETURNING id
                                )
                                INSERT INTO message_events (kind, message_id) SELECT 'created', id FROM created
                                """
                            );
                            await using var pause = new NpgsqlCommand(
                                $"SELECT pg_sleep({(writer * n) % 7} * 0.003)",
                                connection,
                                transaction
                            );
                            await pause.ExecuteNonQueryAsync(Cancellation);
                            await transaction.CommitAsync(Cancellation);
                        }
                    }
                })
        );

        await Eventually.Async(
            () => reader.MessageCount >= Writers * Each,
            "everything is shown",
            TimeSpan.FromSeconds(60)
        );
        var shown = reader.Messages;
        shown.Count.ShouldBe(Writers * Each);
        shown.Select(message => message.Id).ShouldBeUnique();
        for (var writer = 0; writer < Writers; writer++)
        {
            shown
                .Where(message => message.Author == $"Writer {writer}")
                .Select(message => message.Text)
                .ShouldBe(
                    Enumerable.Range(0, Each).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture))
                );
        }
    }

    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, string sql)
    {
        var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await command.ExecuteNonQueryAsync(Cancellation);
        return transaction;
    }

    /// <summary>The number of reads of the log.</summary>
    private static async Task<long> CountReadsAsync(Replica replica) =>
        (long)
            (
                await replica.ExecuteAsync(
                    "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'message_events'"
                )
            )!;
}
