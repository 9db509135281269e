using System.Collections.Concurrent;
using System.Net.Http.Json;
using Npgsql;
using Softy.Tests.Api;
using Softy.Tests.Application;
using Softy.Tests.Faults;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Replicas die, and are restarted, while clients keep asking.</summary>
[Collection(FaultCollection.Name)]
public sealed class KillTests(FaultApp softy) : ApplicationTest(softy)
{
    // The loads are at their fastest when a replica ends, and let it start again in peace.
    private readonly Pace _pace = new();

    [Fact]
    public async Task No_GET_fails_when_a_replica_is_killed_and_comes_back_three_times()
    {
        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(Softy.GatewayAddress, stop.Token, connections: 32, pace: _pace);
        var overHttp2 = Load.RunUntilAsync(Softy.SecureGatewayAddress, stop.Token, connections: 32, pace: _pace);
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
        var load = Load.RunUntilAsync(Softy.GatewayAddress, stop.Token, result: result, pace: _pace);
        await Eventually.Async(() => result.Instances.Count == 3, "all three get requests");

        await KillAndStartAsync("api-1", "api-3");
        var before = result.Succeeded;
        await Eventually.Async(() => result.Succeeded > before + 2_000, "all three get requests again");
        await KillAndStartAsync("api-2", "api-3");

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
        var gets = Load.RunUntilAsync(Softy.GatewayAddress, stop.Token, connections: 16, pace: _pace);
        var overHttp2 = Load.RunUntilAsync(Softy.SecureGatewayAddress, stop.Token, connections: 16, pace: _pace);
        var (sent, posts) = await PostWhileAsync(
            "rolling",
            withKey: false,
            async () =>
            {
                foreach (var replica in new[] { "api-1", "api-2", "api-3" })
                {
                    await Softy.CommandAsync(replica, KnownResourceCommands.StopCommand, Cancellation);
                    await StartAsync(replica);
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

    private async Task KillAndStartAsync(params string[] replicas)
    {
        await Task.WhenAll(replicas.Select(replica => ((StoreApp)Softy).KillAsync(replica, Cancellation)));
        await StartAsync(replicas);
    }

    private Task StartAsync(params string[] replicas) =>
        _pace.EaseAsync(async () =>
        {
            await Task.WhenAll(replicas.Select(replica => ((StoreApp)Softy).StartAsync(replica, Cancellation)));
            await Softy.WaitUntilAllTakeTurnsAsync(3, Cancellation);
        });

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
            pace: _pace,
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
