using Microsoft.AspNetCore.Http;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>
/// A replica that was never started, or that announced its shutdown and then stopped, does not belong to the service.
/// </summary>
[Collection(GatewayCollection.Name)]
public sealed class StoppedReplicaTests
{
    private static readonly (string, string) _quickProbes = ("Gateway:Health:Active:Interval", "00:00:00.100");

    [Fact]
    public async Task A_replica_comes_and_goes_under_load_without_a_failed_request_and_is_never_called_unhealthy()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        var spare = backends[2];
        await spare.CrashAsync();
        await using var gateway = await TestGateway.StartAsync(backends, _quickProbes);
        await gateway.WaitUntilAllAreHealthyAsync(2);
        (await gateway.AskAsync(20)).CountBy(name => name).ShouldAllBe(count => count.Value == 10);

        using var enough = new CancellationTokenSource();
        var seen = WatchAsync(gateway, enough.Token);
        var load = Load.RunUntilAsync(gateway.Url, enough.Token, connections: 4);

        await spare.StartAsync();
        await gateway.WaitUntilAllAreHealthyAsync(3);
        (await gateway.AskAsync(30)).ShouldContain("api-3");

        spare.Health = context =>
        {
            context.Response.Headers["X-Softy-Draining"] = "true";
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        };
        await gateway.WaitForStatusAsync(
            status => status.Replicas.Any(replica => replica.Health == "draining"),
            "api-3 is leaving"
        );
        await gateway.WaitForStatusAsync(
            status => status.Replicas.Single(r => r.Health == "draining").InFlight == 0,
            "api-3 is idle"
        );
        await spare.CrashAsync();
        await gateway.WaitUntilAllAreHealthyAsync(2);

        await enough.CancelAsync();
        (await load).ShouldHaveNoFailures();
        (await seen).ShouldNotContain("unhealthy");
    }

    [Theory]
    [InlineData("01:00:00", "stopped")]
    [InlineData("00:00:00", "unhealthy")]
    public async Task A_replica_that_starts_may_take_its_time_until_it_is_ready(string startPeriod, string meanwhile)
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        var starting = backends[1];
        await starting.CrashAsync();
        await using var gateway = await TestGateway.StartAsync(
            backends,
            _quickProbes,
            ("Gateway:Health:Active:StartPeriod", startPeriod)
        );
        await gateway.WaitUntilAllAreHealthyAsync(1);

        var probes = 0;
        starting.Health = context =>
        {
            Interlocked.Increment(ref probes);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        };
        await starting.StartAsync();
        // When the fifth probe arrives, the gateway has processed the responses to four.
        await Eventually.Async(() => Volatile.Read(ref probes) >= 5, "the gateway has probed it several times");
        (await gateway.StatusAsync())
            .Replicas.Select(replica => replica.Health)
            .ShouldBe(meanwhile == "stopped" ? ["healthy"] : ["healthy", meanwhile]);

        starting.Health = _ => Task.CompletedTask;
        await gateway.WaitUntilAllAreHealthyAsync(2);
    }

    [Fact]
    public async Task A_replica_that_crashes_is_reported_as_unhealthy()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await TestGateway.StartAsync(backends, _quickProbes);
        await gateway.WaitUntilAllAreHealthyAsync(2);

        await backends[1].CrashAsync();

        await gateway.WaitForStatusAsync(
            status => status.Replicas.SingleOrDefault(replica => replica.Name == "api-2") is { Health: "unhealthy" },
            "api-2 is unhealthy"
        );
    }

    // Collects every health state that the status reports.
    private static async Task<HashSet<string>> WatchAsync(IGateway gateway, CancellationToken enough)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!enough.IsCancellationRequested)
        {
            seen.UnionWith((await gateway.StatusAsync()).Replicas.Select(replica => replica.Health));
        }

        return seen;
    }
}
