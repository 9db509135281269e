using System.Diagnostics;
using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>How often, how long and on which replicas requests are retried.</summary>
[Collection(GatewayCollection.Name)]
public sealed class RetryTests
{
    [Fact]
    public async Task A_request_that_the_only_healthy_replica_fails_is_not_sent_to_unhealthy_ones()
    {
        await using var backends = await Backend.StartSeveralAsync(
            2,
            backend =>
            {
                backend.Answer = Answers.HangAsync;
                backend.Health = Answers.Status(503);
            }
        );
        await using var broken = RawBackend.Resetting();
        await using var gateway = await TestGateway.StartAsync(
            [broken.Url, .. backends.Select(backend => backend.Url)],
            ("Gateway:Limits:ActivityTimeout", "00:00:20")
        );

        var watch = Stopwatch.StartNew();
        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        backends.ShouldAllBe(backend => backend.Requests.IsEmpty);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        Output.WriteLine($"Answered after {watch.Elapsed.TotalMilliseconds:F0} ms.");
    }

    [Fact]
    public async Task A_request_that_replicas_do_not_answer_in_time_is_sent_again_once()
    {
        await using var backends = await StartHangingAsync(4);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:ActivityTimeout", "00:00:00.300")
        );

        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        response.Retries().ShouldBe(1);
        backends.Sum(backend => backend.Requests.Count).ShouldBe(2);
    }

    [Fact]
    public async Task All_attempts_at_a_request_have_one_deadline()
    {
        await using var backends = await StartHangingAsync(3);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:ActivityTimeout", "00:00:02"),
            ("Gateway:Failover:Deadline", "00:00:02.500")
        );

        var watch = Stopwatch.StartNew();
        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
        var elapsed = watch.Elapsed;

        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        response.Retries().ShouldBe(1);
        // Without the deadline, two attempts would take two seconds each.
        elapsed.ShouldBeInRange(TimeSpan.FromSeconds(2.4), TimeSpan.FromSeconds(3.9));

        gateway.Change(("Gateway:Failover:Deadline", "00:00:01"));
        using var late = await gateway.Client.GetAsync("/api/hello", Cancellation);
        late.Retries().ShouldBe(0);
    }

    [Fact]
    public async Task The_deadline_does_not_end_an_answer_that_has_begun()
    {
        await using var broken = RawBackend.Resetting();
        await using var slow = new RawBackend(
            async (_, connection) =>
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nslow");
                await Task.Delay(TimeSpan.FromSeconds(1.5), Cancellation);
                await connection.SendAsync("word");
            }
        );
        await using var gateway = await TestGateway.StartAsync(
            [broken.Url, slow.Url],
            ("Gateway:Failover:Deadline", "00:00:01")
        );

        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);

        response.Retries().ShouldBe(1);
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldBe("slowword");
    }

    [Fact]
    public async Task When_all_replicas_fail_retries_add_no_more_than_a_fifth()
    {
        await using var one = RawBackend.Resetting();
        await using var two = RawBackend.Resetting();
        await using var three = RawBackend.Resetting();
        RawBackend[] all = [one, two, three];
        await using var gateway = await TestGateway.StartAsync([.. all.Select(backend => backend.Url)]);
        const int requests = 2_000;

        var watch = Stopwatch.StartNew();
        var result = await Load.RunAsync(gateway.Url, requests, connections: 16);

        result.Failures.Count.ShouldBe(requests);
        var attempts = all.Sum(backend => backend.Requests.Count);
        Output.WriteLine(
            $"{requests} requests in {watch.Elapsed.TotalSeconds:F1} s, {attempts} attempts: "
                + $"{attempts / (double)requests:F3} for each."
        );
        // Three retries a second are always allowed.
        attempts.ShouldBeLessThan((int)(requests * 1.2) + 30 + (int)(3 * watch.Elapsed.TotalSeconds) + 1);
        attempts.ShouldBeGreaterThan((int)(requests * 1.15));
    }

    [Fact]
    public async Task A_few_retries_are_always_allowed()
    {
        await using var broken = RawBackend.Resetting();
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await InProcessGateway.StartAsync(
            [broken.Url, well.Url],
            ("Gateway:Health:Passive:Enabled", "false"),
            ("Gateway:Failover:MinRetriesPerSecond", "1")
        );

        // Every second request needs a retry, and ten retries are allowed in ten seconds.
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 40; i++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            answers.Add(response.StatusCode);
        }

        answers.Take(20).ShouldAllBe(answer => answer == HttpStatusCode.OK);
        answers.Count(answer => answer == HttpStatusCode.BadGateway).ShouldBeInRange(1, 10);

        gateway.Change(("Gateway:Failover:RetryPercent", "100"));
        using var last = await gateway.Client.GetAsync("/api/hello", Cancellation);
        last.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static Task<Backends> StartHangingAsync(int count) =>
        Backend.StartSeveralAsync(count, backend => backend.Answer = Answers.HangAsync);
}
