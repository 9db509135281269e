using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using Npgsql;
using Softy.Tests.Application;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Replicas die, and are restarted, while clients keep asking.</summary>
[Collection(GatewayCollection.Name)]
public sealed class KillTests(KillTests.Fixture softy) : ApplicationTest(softy), IClassFixture<KillTests.Fixture>
{
    /// <summary>Replicas with a long drain delay, which a busy gateway notices before they stop.</summary>
    public sealed class Fixture : SoftyApp
    {
        protected override bool HasHttps => true;

        protected override void Configure(IDistributedApplicationTestingBuilder builder)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.ConfigureReplicas(api => api.WithEnvironment("Draining__Delay", "00:00:03"));
        }
    }

    private static ITestOutputHelper Output => TestContext.Current.TestOutputHelper!;

    [Fact]
    public async Task No_GET_fails_when_a_replica_is_killed_and_comes_back_three_times()
    {
        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(Softy.GatewayAddress, stop.Token, connections: 32);
        var overHttp2 = Load.RunUntilAsync(Softy.SecureGatewayAddress, stop.Token, connections: 32);
        for (var time = 0; time < 3; time++)
        {
            await KillAndStartAsync($"api-{time + 1}");
        }

        await stop.CancelAsync();
        foreach (var result in new[] { await load, await overHttp2 })
        {
            result.ShouldHaveNoFailures();
            Output.WriteLine(
                $"{result.Succeeded} requests while replicas died, {result.Retried} of them retried, none failed."
            );
        }
    }

    [Fact]
    public async Task No_GET_fails_when_two_of_three_replicas_are_killed_at_once()
    {
        using var stop = new CancellationTokenSource();
        var result = new LoadResult();
        var load = Load.RunUntilAsync(Softy.GatewayAddress, stop.Token, result: result);
        await Eventually.Async(() => result.Instances.Count == 3, "all three get requests");

        await Task.WhenAll(KillAndStartAsync("api-1"), KillAndStartAsync("api-3"));
        await Eventually.Async(() => result.Succeeded > 25_000, "the first half has been asked");
        await Task.WhenAll(KillAndStartAsync("api-2"), KillAndStartAsync("api-3"));
        await Eventually.Async(() => result.Succeeded > 50_000, "the second half has been asked");

        await stop.CancelAsync();
        (await load).ShouldHaveNoFailures();
        Output.WriteLine(
            $"{result.Succeeded} requests while two of three replicas died twice, {result.Retried} of them retried, "
                + "none failed."
        );
    }

    [Fact]
    public async Task No_POST_with_a_key_is_lost_or_doubled_when_a_replica_is_killed()
    {
        var (sent, result) = await PostWhileAsync(
            "keyed",
            withKey: true,
            async () =>
            {
                await KillAndStartAsync("api-1");
                await KillAndStartAsync("api-3");
            }
        );

        result.ShouldHaveNoFailures();
        var stored = await CountAsync("keyed");
        stored.Keys.Order().ShouldBe(sent.Order());
        stored.Values.ShouldAllBe(count => count == 1);
        Output.WriteLine($"{sent.Count} messages with a key, {result.Retried} retried: none lost, none doubled.");
    }

    [Fact]
    public async Task No_plain_POST_is_doubled_when_a_replica_is_killed()
    {
        var (sent, result) = await PostWhileAsync("plain", withKey: false, () => KillAndStartAsync("api-2"));

        var stored = await CountAsync("plain");
        stored.Values.ShouldAllBe(count => count == 1);
        stored.Count.ShouldBeInRange(result.Succeeded, sent.Count);
        Output.WriteLine(
            $"{sent.Count} plain messages, {result.Failures.Count} answered with an error, {stored.Count} stored: "
                + "none doubled."
        );
    }

    [Fact]
    public async Task No_request_fails_while_all_replicas_are_restarted_one_after_another()
    {
        using var stop = new CancellationTokenSource();
        var gets = Load.RunUntilAsync(Softy.GatewayAddress, stop.Token, connections: 16);
        var overHttp2 = Load.RunUntilAsync(Softy.SecureGatewayAddress, stop.Token, connections: 16);
        var (sent, posts) = await PostWhileAsync(
            "rolling",
            withKey: false,
            async () =>
            {
                foreach (var replica in new[] { "api-1", "api-2", "api-3" })
                {
                    await Softy.CommandAsync(replica, "restart", Cancellation);
                    await WaitForGatewayAsync(replica);
                }
            }
        );
        await stop.CancelAsync();

        (await gets).ShouldHaveNoFailures();
        (await overHttp2).ShouldHaveNoFailures();
        posts.ShouldHaveNoFailures();
        (await CountAsync("rolling")).Count.ShouldBe(sent.Count);
        Output.WriteLine(
            $"{(await gets).Succeeded} GETs, {(await overHttp2).Succeeded} over one HTTP/2 connection and {sent.Count} "
                + "plain POSTs during a rolling restart, none failed."
        );
    }

    private async Task KillAndStartAsync(string replica)
    {
        using (var process = Process.GetProcessById(App.ProcessId(replica)))
        {
            // SIGKILL.
            process.Kill();
            await process.WaitForExitAsync(Cancellation);
        }

        await App.ResourceNotifications.WaitForResourceAsync(replica, KnownResourceStates.TerminalStates, Cancellation);
        await Softy.CommandAsync(replica, "start", Cancellation);
        await WaitForGatewayAsync(replica);
    }

    private async Task WaitForGatewayAsync(string replica)
    {
        await Softy.WaitUntilHealthyAsync(replica, Cancellation);
        using var client = Softy.CreateGatewayClient();
        await Eventually.Async(
            async () =>
            {
                var status = await client.GetFromJsonAsync<GatewayStatus>("/gateway/status", Cancellation);
                // One that has left, and is not ready again, is no part of the status.
                return status!.Replicas.SingleOrDefault(known => known.Name == replica) is { Health: "healthy" };
            },
            $"the gateway sees {replica} healthy"
        );
    }

    private async Task<(ConcurrentBag<string> Sent, LoadResult Result)> PostWhileAsync(
        string author,
        bool withKey,
        Func<Task> trouble
    )
    {
        var sent = new ConcurrentBag<string>();
        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(
            Softy.GatewayAddress,
            stop.Token,
            connections: 16,
            atMost: 20_000,
            request: index =>
            {
                var text = $"message {index}";
                sent.Add(text);
                var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages")
                {
                    Content = JsonContent.Create(new { author, text }),
                };
                if (withKey)
                {
                    request.Headers.Add("Idempotency-Key", $"\"{Guid.NewGuid()}\"");
                }

                return request;
            }
        );
        await trouble();
        await stop.CancelAsync();
        return (sent, await load);
    }

    /// <summary>Counts what PostgreSQL has, by text.</summary>
    private async Task<Dictionary<string, long>> CountAsync(string author)
    {
        await using var database = NpgsqlDataSource.Create(
            (await App.GetConnectionStringAsync("softydb", Cancellation))!
        );
        await using var command = database.CreateCommand(
            "select text, count(*) from messages where author = $1 group by text"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = author });
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            counts.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return counts;
    }
}
