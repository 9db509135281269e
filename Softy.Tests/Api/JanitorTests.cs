using Npgsql;

namespace Softy.Tests.Api;

/// <summary>
/// Rows that are older than a day are removed, by one replica at a time, and the work depends only on how many there
/// are.
/// </summary>
public sealed class JanitorTests(StoreServers stores) : ReplicaTest(stores)
{
    // The rows cover 32 hours; one in four is older than a day.
    private const string Fill = """
        INSERT INTO idempotency_keys (key_hash, request_hash, salt, message_id, created_at)
        SELECT sha256(n::text::bytea), '', '', n, now() - make_interval(secs => 0.8 * n)
        FROM generate_series(1, 144000) n;
        INSERT INTO message_events (xid, kind, message_id, occurred_at)
        SELECT '3'::xid8, 'created', n, now() - make_interval(secs => 0.8 * (144001 - n))
        FROM generate_series(1, 144000) n;
        ANALYZE idempotency_keys; ANALYZE message_events;
        """;

    private const string OldKeys =
        "SELECT count(*) FROM idempotency_keys WHERE created_at < now() - interval '24 hours'";
    private const string OldEvents =
        "SELECT count(*) FROM message_events WHERE occurred_at < now() - interval '24 hours'";

    [Fact]
    public async Task Old_rows_are_removed_and_no_row_is_read_again_for_every_batch()
    {
        await using var replica = await StartAsync(("Messages:CleanupInterval", "01:00:00"));
        await replica.ExecuteAsync(Fill);
        var old = (long)(await replica.ExecuteAsync(OldKeys))!;
        old.ShouldBeGreaterThan(35_000);
        await replica.ExecuteAsync("SELECT pg_stat_reset()");

        await using var janitor = await StartBesideAsync(
            replica,
            ("Instance:Name", "api-2"),
            ("Messages:CleanupInterval", "00:00:01")
        );
        // One of the old events stays: it marks where the complete part of the log begins. The test does not query the
        // tables while it waits, because the server counts every row that is read.
        await Eventually.Async(
            async () =>
                await replica.ExecuteAsync(
                    """
                    SELECT count(*) FROM pg_stat_user_tables
                    WHERE n_tup_del >= 35000 AND relname IN ('idempotency_keys', 'message_events')
                    """
                )
                    is 2L,
            "the old rows are gone"
        );
        var reads = await replica.ExecuteAsync(
            """
            SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables
            WHERE relname IN ('idempotency_keys', 'message_events')
            """
        );
        Output.WriteLine($"{reads} rows read for twice {old} that were removed.");
        // Each row may be read when it is found, locked and removed, but no row is read again for every batch.
        reads.ShouldBeOfType<long>().ShouldBeLessThan(10 * old);

        (await replica.ExecuteAsync(OldKeys)).ShouldBeOfType<long>().ShouldBeLessThan(100);
        (await replica.ExecuteAsync(OldEvents)).ShouldBeOfType<long>().ShouldBeInRange(1, 100);
        (await replica.ExecuteAsync("SELECT count(*) FROM idempotency_keys"))
            .ShouldBeOfType<long>()
            .ShouldBeInRange(107_000, 108_500);
    }

    [Fact]
    public async Task One_replica_at_a_time_removes_old_rows_and_warns_when_it_falls_behind()
    {
        await using var replica = await StartAsync(("Messages:CleanupInterval", "00:00:00.100"));
        await using (var other = await replica.ConnectAsync())
        {
            // Holds the lock, as another replica does while it removes rows.
            await using var hold = new NpgsqlCommand("SELECT pg_advisory_lock(x'636c65616e'::bigint)", other);
            await hold.ExecuteNonQueryAsync(Cancellation);
            await replica.ExecuteAsync(Fill);
            await Eventually.Async(() => replica.Says("not removed as fast as they come") == 1, "the replica says so");
            (await replica.ExecuteAsync(OldKeys)).ShouldBeOfType<long>().ShouldBeGreaterThan(35_000);
        }

        await Eventually.Async(async () => await replica.ExecuteAsync(OldKeys) is < 100L, "the old keys are gone");
        replica.Says("not removed as fast as they come").ShouldBe(1);
        replica.Says("The removal of old idempotency keys and events fails").ShouldBe(0);
    }
}
