using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace Softy.Tests.Api;

/// <summary>A response says whether the request was carried out, was not, or may have been.</summary>
public sealed class OutcomeTests(StoreServers stores) : ReplicaTest(stores)
{
    [Fact]
    public async Task The_outcome_is_unknown_when_the_server_stops_answering_after_the_request()
    {
        // Patient enough for a busy machine to stop the server while it still executes the statement.
        await using var replica = await StartAsync(("Stores:PostgresTimeout", "00:00:04"));
        await replica.CreateMessageAsync("Before", "the silence");

        // The server stops answering after it has received the request: the client times out, and the server does not.
        await replica.ExecuteAsync(
            $"""
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN PERFORM pg_sleep(2.5); RETURN new; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON messages
                FOR EACH ROW WHEN (new.author = 'Slow') EXECUTE FUNCTION slow();
            """
        );
        var posting = replica.PostMessageAsync("Slow", "to be written");
        await Eventually.Async(
            async () =>
                await replica.ExecuteAsync(
                    $"SELECT count(*) FROM pg_stat_activity WHERE datname = '{replica.Name}' AND wait_event = 'PgSleep'"
                )
                    is 1L,
            "the statement runs"
        );
        try
        {
            await Stores.SignalPostgresAsync("STOP");
            using var response = await posting;
            response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
            response.Headers.RetryAfter.ShouldBeNull();
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
            problem.GetProperty("type").GetString().ShouldBe("/api/problems/outcome-unknown");

            // A read changes nothing, and neither does a request that was never sent to the server.
            (await replica.StatusAsync(HttpMethod.Get, "/api/messages/1")).ShouldBe(HttpStatusCode.ServiceUnavailable);
            await Eventually.Async(
                async () =>
                {
                    await Task.WhenAll(
                        Enumerable.Range(0, 3).Select(_ => replica.StatusAsync(HttpMethod.Get, "/api/messages/1"))
                    );
                    return replica.Says("postgres does not answer") == 1;
                },
                "the replica keeps away from the server"
            );
            using var refused = await replica.PostMessageAsync("Never", "sent");
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.ShouldNotBeNull();

            await ProbesThatClientsLeaveProveNothingAsync(replica);
        }
        finally
        {
            await Stores.SignalPostgresAsync("CONT");
        }

        await Eventually.Async(() => replica.Says("postgres answers again") == 1, "the server is back");
        (await replica.ExecuteAsync("SELECT count(*) FROM messages WHERE author = 'Never'")).ShouldBe(0L);
    }

    [Fact]
    public async Task The_outcome_is_unknown_when_the_connection_is_lost_after_the_request()
    {
        await using var replica = await StartAsync(("Stores:PostgresTimeout", "00:00:20"));
        await using var connection = await replica.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using (var command = new NpgsqlCommand("LOCK TABLE messages IN EXCLUSIVE MODE", connection, transaction))
        {
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        var posting = replica.PostMessageAsync("Cut", "off");
        await Eventually.Async(
            async () =>
                await replica.ExecuteAsync(
                    $"""
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = '{replica.Name}' AND wait_event_type = 'Lock'
                    """
                )
                    is 1L,
            "the connection is cut"
        );

        using var response = await posting;
        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        response.Headers.RetryAfter.ShouldBeNull();
    }

    [Fact]
    public async Task A_visit_with_a_key_is_counted_once_at_every_replica()
    {
        await using var first = await StartAsync();
        await using var second = await StartBesideAsync(first, ("Instance:Name", "api-2"));

        var statuses = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(n => CountAsync(n % 2 == 0 ? first : second, "one visit"))
        );
        statuses.ShouldAllBe(status => status == HttpStatusCode.OK);
        (await first.Client.GetFromJsonAsync<VisitTotals>("/api/visits", Cancellation))!.Total.ShouldBe(1);

        (await CountAsync(second, "another visit")).ShouldBe(HttpStatusCode.OK);
        (await CountAsync(second, key: null)).ShouldBe(HttpStatusCode.OK);
        (await first.Client.GetFromJsonAsync<VisitTotals>("/api/visits", Cancellation))!.Total.ShouldBe(3);
        (await CountAsync(first, new string('k', 256))).ShouldBe(HttpStatusCode.BadRequest);

        // Only a hash of each key is stored, and it expires after a day.
        var keys = (await first.AskRedisAsync("KEYS softy:visits:key:*"))
            .Where(line => line.StartsWith("softy:", StringComparison.Ordinal))
            .ToList();
        keys.Count.ShouldBe(2);
        keys.ShouldAllBe(key => !key.Contains("visit ", StringComparison.Ordinal));
        (await first.AskRedisAsync($"TTL {keys[0]}"))[0]
            .ShouldBeOneOf(":86400", ":86399", ":86398", ":86397", ":86396", ":86395");
    }

    /// <summary>
    /// The open circuit breaker lets a probe request through now and then. One that its client cancels must not close
    /// it.
    /// </summary>
    private static async Task ProbesThatClientsLeaveProveNothingAsync(Replica replica)
    {
        for (var i = 0; i < 25; i++)
        {
            using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var asking = replica.Client.GetAsync("/api/messages/1", impatience.Token);
            await Task.WhenAny(asking, Task.Delay(100, Cancellation));
            await impatience.CancelAsync();
            try
            {
                (await asking).Dispose();
            }
            catch (OperationCanceledException)
            {
                // The test cancelled the request.
            }
        }

        replica.Says("postgres answers again").ShouldBe(0);
    }

    private static async Task<HttpStatusCode> CountAsync(Replica replica, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/visits");
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await replica.Client.SendAsync(request, Cancellation);
        return response.StatusCode;
    }
}
