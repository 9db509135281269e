using System.Collections.Concurrent;
using System.Net.Http.Json;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Application;

/// <summary>
/// Replicas are added and removed from the dashboard while clients keep asking (microsoft/aspire #4358).
/// </summary>
public sealed class ScaleTests(SharedApp softy) : SharedTest(softy)
{
    private const string Spare = "api-4";

    [Fact]
    public async Task A_replica_comes_and_goes_without_a_failed_request()
    {
        await Softy.WaitUntilAllTakeTurnsAsync(SharedApp.Replicas, Cancellation);
        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentQueue<string>();
        var watching = WatchAsync(seen, stop.Token);
        var load = Load.RunUntilAsync(Softy.GatewayAddress, stop.Token, connections: 16);

        await Softy.StartAsync(Spare, Cancellation);
        await Eventually.Async(() => seen.Contains("healthy"), "the gateway's status shows that the replica has come");
        await EventuallyAnswersAsync(isThere: true);
        await Softy.CommandAsync(Spare, KnownResourceCommands.StopCommand, Cancellation);
        await Eventually.Async(() => seen.Last() != "healthy", "the gateway's status shows that the replica has gone");
        await EventuallyAnswersAsync(isThere: false);

        await stop.CancelAsync();
        await watching;
        var result = await load;
        result.ShouldHaveNoFailures();
        Output.WriteLine($"{result.Succeeded} requests, none failed; {Spare} was {string.Join(", ", Changes(seen))}.");
        seen.ShouldNotContain("unhealthy");
        await Softy.WaitUntilAllTakeTurnsAsync(SharedApp.Replicas, Cancellation);
    }

    [Fact]
    public async Task A_replica_that_was_not_started_is_not_unhealthy()
    {
        using var client = Softy.CreateGatewayClient();

        var status = await client.GetFromJsonAsync<GatewayStatus>("/gateway/status", Cancellation);

        status!.Replicas.Where(replica => replica.Health == "unhealthy").ShouldBeEmpty();
        App.ResourceNotifications.TryGetCurrentState(Spare, out var state).ShouldBeTrue();
        state!.Snapshot.HealthStatus.ShouldNotBe(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);
    }

    /// <summary>Notes what the gateway's status says of the replica; "absent" if nothing.</summary>
    private async Task WatchAsync(ConcurrentQueue<string> seen, CancellationToken stop)
    {
        using var client = Softy.CreateGatewayClient();
        while (!stop.IsCancellationRequested)
        {
            var status = await client.GetFromJsonAsync<GatewayStatus>("/gateway/status", Cancellation);
            seen.Enqueue(status!.Replicas.SingleOrDefault(replica => replica.Name == Spare)?.Health ?? "absent");
            await Task.Delay(TimeSpan.FromMilliseconds(50), Cancellation);
        }
    }

    private async Task EventuallyAnswersAsync(bool isThere)
    {
        using var client = Softy.CreateGatewayClient();
        await Eventually.Async(
            async () =>
            {
                var names = new HashSet<string>(StringComparer.Ordinal);
                for (var n = 0; n < 12; n++)
                {
                    using var response = await client.GetAsync("/api/hello", Cancellation);
                    names.Add(response.Instance());
                }

                return names.Contains(Spare) == isThere;
            },
            isThere ? $"{Spare} takes its turns" : $"{Spare} takes no more turns"
        );
    }

    private static IEnumerable<string> Changes(IEnumerable<string> seen)
    {
        string? last = null;
        return seen.Where(health => health != last && (last = health) is not null);
    }
}
