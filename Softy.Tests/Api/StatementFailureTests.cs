using System.Net;
using Npgsql;

namespace Softy.Tests.Api;

/// <summary>
/// PostgreSQL answers but rejects statements: the replica keeps running, logs the failure once, and recovers.
/// </summary>
public sealed class StatementFailureTests(StoreServers stores) : ReplicaTest(stores)
{
    private static readonly (string, string)[] _quick =
    [
        ("Visits:SnapshotInterval", "00:00:00.050"),
        ("Messages:CleanupInterval", "00:00:00.200"),
        ("Live:PollInterval", "00:00:00.100"),
    ];

    [Theory]
    [InlineData(
        "ALTER DATABASE {0} SET default_transaction_read_only = on",
        "ALTER DATABASE {0} RESET default_transaction_read_only",
        HttpStatusCode.ServiceUnavailable
    )]
    [InlineData(
        "REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public FROM {0}",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO {0}",
        HttpStatusCode.InternalServerError
    )]
    public async Task A_replica_that_may_not_write_keeps_running_and_recovers(
        string takeAway,
        string giveBack,
        HttpStatusCode expected
    )
    {
        await using var replica = await StartAsync(_quick);
        var before = await replica.CreateMessageAsync("Before", "it was read-only");
        await using var reader = new LiveReader(replica.Client);
        // From here on, the reader receives every message.
        await reader.StartAsync().WaitAsync(Cancellation);

        await replica.ExecuteAsync(Of(replica, takeAway));
        await replica.ReconnectAsync();
        (await replica.StatusAsync(HttpMethod.Post, "/api/visits")).ShouldBe(HttpStatusCode.OK);
        await Eventually.Async(() => replica.Says("The snapshot of the visits fails") > 0, "the snapshot fails");
        await Eventually.Async(
            () => replica.Says("The removal of old idempotency keys and events fails") > 0,
            "the janitor fails"
        );
        using (var refused = await replica.PostMessageAsync("While", "it was read-only"))
        {
            refused.StatusCode.ShouldBe(expected, await refused.Content.ReadAsStringAsync(Cancellation));
            (refused.Headers.RetryAfter is not null).ShouldBe(expected == HttpStatusCode.ServiceUnavailable);
        }

        // Reads are answered, and failed writes do not open the circuit breaker.
        (await replica.StatusAsync(HttpMethod.Get, $"/api/messages/{before.Id}")).ShouldBe(HttpStatusCode.OK);
        (await replica.StatusAsync(HttpMethod.Get, "/api/messages")).ShouldBe(HttpStatusCode.OK);

        await replica.ExecuteAsync(Of(replica, giveBack));
        await replica.ReconnectAsync();
        await Eventually.Async(
            () => replica.Says("The snapshot of the visits works again") == 1,
            "the snapshot works again"
        );
        await Eventually.Async(
            async () => await replica.ExecuteAsync("SELECT sum(count)::bigint FROM visits") is 1L,
            "the visit is in the snapshot"
        );
        var after = await Eventually.ForAsync(async () =>
        {
            using var response = await replica.PostMessageAsync("After", "it was read-only");
            return response.StatusCode == HttpStatusCode.Created
                ? await response.Content.ReadAsStringAsync(Cancellation)
                : null;
        });
        await Eventually.Async(
            () => reader.Messages.Exists(message => after.Contains($"\"{message.Id}\"", StringComparison.Ordinal)),
            "the feed goes on"
        );
        // The failure is logged once, and not for every attempt.
        replica.Says("The snapshot of the visits fails").ShouldBe(1);
        replica.Says("The removal of old idempotency keys and events fails").ShouldBe(1);
    }

    [Fact]
    public async Task A_replica_starts_on_a_database_that_is_up_to_date_and_read_only()
    {
        await using var first = await StartAsync();
        var created = await first.CreateMessageAsync("Before", "it was read-only");
        await first.ExecuteAsync($"ALTER DATABASE {first.Name} SET default_transaction_read_only = on");

        await using var second = await StartBesideAsync(first, ("Instance:Name", "api-2"));

        (await second.StatusAsync(HttpMethod.Get, $"/api/messages/{created.Id}")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_has_changed_nothing_when_the_client_is_told_to_try_again()
    {
        await using var replica = await StartAsync([.. _quick, ("Stores:PostgresTimeout", "00:00:02")]);
        await using (var connection = await replica.ConnectAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await using var command = new NpgsqlCommand(
                "LOCK TABLE messages, visits IN EXCLUSIVE MODE",
                connection,
                transaction
            );
            await command.ExecuteNonQueryAsync(Cancellation);

            (await replica.StatusAsync(HttpMethod.Post, "/api/visits")).ShouldBe(HttpStatusCode.OK);
            for (var i = 0; i < 4; i++)
            {
                using var refused = await replica.PostMessageAsync("Waits", "for a lock");
                refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                refused.Headers.RetryAfter.ShouldNotBeNull();
            }

            await Eventually.Async(() => replica.Says("The snapshot of the visits fails") == 1, "the snapshot fails");
            // The server is healthy, so the circuit breaker stays closed.
            (await replica.StatusAsync(HttpMethod.Get, "/api/messages/1")).ShouldBe(HttpStatusCode.NotFound);
            replica.Says("postgres does not answer").ShouldBe(0);
        }

        (await replica.CreateMessageAsync("After", "the lock")).Author.ShouldBe("After");
        (await replica.ExecuteAsync("SELECT count(*) FROM messages")).ShouldBe(1L);
        await Eventually.Async(
            () => replica.Says("The snapshot of the visits works again") == 1,
            "the snapshot works again"
        );
    }

    private static string Of(Replica replica, string sql) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, replica.Name);
}
