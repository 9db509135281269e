using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Probes and failed requests decide which replicas get requests.</summary>
[Collection(GatewayCollection.Name)]
public sealed class HealthTests
{
    [Fact]
    public async Task A_replica_that_accepts_but_never_answers_is_ejected_and_returns()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Health:Active:Interval", "00:00:00.200"),
            ("Gateway:Health:Active:Timeout", "00:00:03"),
            ("Gateway:Limits:ActivityTimeout", "00:00:03")
        );

        var released = new TaskCompletionSource();
        backends[1].Answer = context => released.Task.WaitAsync(context.RequestAborted);
        backends[1].Health = context => released.Task.WaitAsync(context.RequestAborted);
        // Requests to the silent replica wait for the activity timeout, and are then sent to another one.
        var result = await Load.RunAsync(gateway.Url, 300, connections: 6);
        result.ShouldHaveNoFailures();
        var ejected = await WaitForHealthAsync(gateway, "api-2", "unhealthy");
        (await gateway.AskAsync(30)).ShouldNotContain("api-2");

        backends[1].Answer = context => context.Response.WriteAsync("back", context.RequestAborted);
        backends[1].Health = _ => Task.CompletedTask;
        released.SetResult();
        var returned = await WaitForHealthAsync(gateway, "api-2", "healthy");
        await gateway.WaitUntilAllAreHealthyAsync(3);
        (await gateway.AskAsync(30)).Count(name => name == "api-2").ShouldBe(10);
        Output.WriteLine(
            $"Out {ejected.TotalSeconds:F2} s after the load, back {returned.TotalSeconds:F2} s after it "
                + $"answered again; {result.Retried} retries."
        );
    }

    [Fact]
    public async Task A_request_that_no_replica_answers_in_time_ends_with_504()
    {
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.Answer = Answers.HangAsync);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:ActivityTimeout", "00:00:00.300")
        );

        var watch = Stopwatch.StartNew();
        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.25));
    }

    [Fact]
    public async Task A_slow_replica_stays_healthy()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        backends[0].Answer = async context =>
        {
            await Task.Delay(300, context.RequestAborted);
            await context.Response.WriteAsync("late", context.RequestAborted);
        };
        await using var gateway = await TestGateway.StartAsync(backends);

        var names = await gateway.AskAsync(6);

        names.ShouldBe(["api-1", "api-2", "api-1", "api-2", "api-1", "api-2"]);
        var status = await gateway.StatusAsync();
        status.Replicas.ShouldAllBe(replica => replica.Health == "healthy" && replica.Failures == 0);
        status.Replicas[0].P50Ms!.Value.ShouldBeGreaterThan(280);
    }

    [Fact]
    public async Task A_replica_that_answers_500_is_ejected_and_tried_by_one_request_at_a_time()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Health:Passive:StatusCodes:0", "500"),
            ("Gateway:Health:Passive:EjectionTime", "00:00:00.500"),
            ("Gateway:Health:Passive:MaxEjectionTime", "00:00:01")
        );
        var failing = true;
        var atOnce = 0;
        var mostAtOnce = 0;
        var failures = new ConcurrentQueue<(long Came, long Went)>();
        backends[2].Answer = async context =>
        {
            if (!failing)
            {
                await context.Response.WriteAsync("well", context.RequestAborted);
                return;
            }

            var came = Stopwatch.GetTimestamp();
            mostAtOnce = Math.Max(mostAtOnce, Interlocked.Increment(ref atOnce));
            await Task.Delay(20, context.RequestAborted);
            Interlocked.Decrement(ref atOnce);
            context.Response.StatusCode = 500;
            failures.Enqueue((came, Stopwatch.GetTimestamp()));
        };

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 15; i++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
        }

        await WaitForHealthAsync(gateway, "api-3", "unhealthy");
        var ejected = watch.Elapsed;
        backends[2].Requests.Count.ShouldBe(5);

        // Under load: trials start only when the ejection time is over, and one at a time.
        mostAtOnce = 0;
        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(gateway.Url, stop.Token, connections: 16);
        await Eventually.Async(() => failures.Count >= 8, "three trials have failed");
        await stop.CancelAsync();
        var result = await load;
        mostAtOnce.ShouldBe(1);
        var times = failures.ToArray();
        // Clients do not get the failed responses of the trials, but responses of other replicas.
        result.ShouldHaveNoFailures();
        result.Retried.ShouldBe(times.Length - 5);
        Stopwatch.GetElapsedTime(times[4].Went, times[5].Came).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.5));
        Stopwatch.GetElapsedTime(times[5].Went, times[6].Came).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        Stopwatch.GetElapsedTime(times[6].Went, times[7].Came).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));

        failing = false;
        watch.Restart();
        using var untilBack = new CancellationTokenSource();
        load = Load.RunUntilAsync(gateway.Url, untilBack.Token, connections: 4);
        await WaitForHealthAsync(gateway, "api-3", "healthy");
        var returned = watch.Elapsed;
        await untilBack.CancelAsync();
        (await load).ShouldHaveNoFailures();
        Output.WriteLine(
            $"Out after {ejected.TotalSeconds:F2} s and 5 failures, {result.Retried} trials, back "
                + $"{returned.TotalSeconds:F2} s after it was well."
        );
    }

    [Fact]
    public async Task An_outage_of_a_shared_store_ejects_no_replica()
    {
        await using var backends = await Backend.StartSeveralAsync(3, backend => backend.Answer = Answers.Status(503));
        await using var gateway = await TestGateway.StartAsync(backends);

        for (var i = 0; i < 60; i++)
        {
            using var response = await gateway.Client.GetAsync("/api/messages", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        }

        (await gateway.StatusAsync()).Replicas.ShouldAllBe(replica =>
            replica.Health == "healthy" && replica.Requests == 20
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replica_that_says_it_is_leaving_gets_no_new_requests(bool toldByProbe)
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Health:Active:Interval", toldByProbe ? "00:00:00.100" : "00:10:00")
        );

        RequestDelegate leaving = context =>
        {
            context.Response.Headers["X-Softy-Draining"] = "true";
            context.Response.StatusCode = context.Request.Path == "/health" ? 503 : 200;
            return Task.CompletedTask;
        };
        (toldByProbe ? (Action)(() => backends[0].Health = leaving) : () => backends[0].Answer = leaving)();
        if (!toldByProbe)
        {
            using var last = await gateway.Client.GetAsync("/api/hello", Cancellation);
            last.Instance().ShouldBe("api-1");
            last.Headers.Contains("X-Softy-Draining").ShouldBeFalse();
        }

        await WaitForHealthAsync(gateway, "api-1", "draining");
        (await gateway.AskAsync(20)).ShouldNotContain("api-1");

        if (toldByProbe)
        {
            // The replica has stopped and started again at the same address.
            backends[0].Health = _ => Task.CompletedTask;
            await WaitForHealthAsync(gateway, "api-1", "healthy");
            (await gateway.AskAsync(30)).Count(name => name == "api-1").ShouldBe(10);
        }
    }

    [Fact]
    public async Task When_every_replica_looks_unhealthy_all_of_them_are_used()
    {
        await using var web = await Backend.StartAsync("web");
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            [.. backends.Select(backend => backend.Url.AbsoluteUri)],
            web.Url.AbsoluteUri,
            []
        );
        foreach (var backend in backends)
        {
            backend.Health = Answers.Status(503);
        }

        await gateway.WaitForStatusAsync(
            status => status.Replicas.All(replica => replica.Health == "unhealthy"),
            "all are unhealthy"
        );

        (await gateway.AskAsync(30)).GroupBy(name => name).ShouldAllBe(group => group.Count() == 10);
        using var health = await gateway.Client.GetAsync("/health", Cancellation);
        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task The_gateway_is_ready_with_one_replica_and_the_web_site_and_not_without_the_web_site()
    {
        await using var web = await Backend.StartAsync("web");
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await TestGateway.StartAsync(
            [.. backends.Select(backend => backend.Url.AbsoluteUri)],
            web.Url.AbsoluteUri,
            []
        );

        await backends[0].CrashAsync();
        await WaitForHealthAsync(gateway, "api-1", "unhealthy");
        using var withOne = await gateway.Client.GetAsync("/health", Cancellation);
        withOne.StatusCode.ShouldBe(HttpStatusCode.OK);

        await web.CrashAsync();
        await Eventually.Async(
            async () =>
            {
                using var response = await gateway.Client.GetAsync("/health", Cancellation);
                return response.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            "the gateway is not ready"
        );

        await web.StartAsync();
        await gateway.WaitUntilReadyAsync();
    }

    [Fact]
    public async Task A_new_replica_gets_no_requests_before_its_first_good_probe()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        backends[1].Health = Answers.Status(503);
        await using var gateway = await TestGateway.StartAsync(backends);

        (await gateway.AskAsync(10)).ShouldNotContain("api-2");
        backends[1].Health = _ => Task.CompletedTask;
        await gateway.WaitForStatusAsync(
            status => status.Replicas.All(replica => replica.Health == "healthy"),
            "both are healthy"
        );
        (await gateway.AskAsync(10)).Count(name => name == "api-2").ShouldBe(5);
    }

    private static async Task<TimeSpan> WaitForHealthAsync(IGateway gateway, string name, string health) =>
        await Eventually.Async(
            async () => (await gateway.StatusAsync()).Replicas.Single(replica => replica.Name == name).Health == health,
            $"{name} is {health}"
        );
}
