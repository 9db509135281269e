using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Softy.Gateway.Measurements;
using Softy.Tests.Gateway.Support;
using GatewayStatus = Softy.Tests.Gateway.Support.GatewayStatus;

namespace Softy.Tests.Gateway;

/// <summary>The status of the gateway, and its stream.</summary>
[Collection(GatewayCollection.Name)]
public sealed class StatusTests
{
    [Fact]
    public async Task The_status_tells_each_replicas_share_and_no_addresses()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(backends);
        (await gateway.StatusAsync()).Replicas.ShouldAllBe(replica =>
            replica.P50Ms == null && replica.P99Ms == null && replica.Requests == 0
        );

        await gateway.AskAsync(31);
        await gateway.WaitUntilIdleAsync();

        using var response = await gateway.Client.GetAsync("/gateway/status", Cancellation);
        var json = await response.Content.ReadAsStringAsync(Cancellation);
        foreach (var backend in backends)
        {
            json.ShouldNotContain($"{backend.Port}");
        }

        json.ShouldNotContain("127.0.0.1");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        using var document = JsonDocument.Parse(json);
        document
            .RootElement.EnumerateObject()
            .Select(property => property.Name)
            .ShouldBe(["policy", "uptimeSeconds", "replicas"]);
        document
            .RootElement.GetProperty("replicas")[0]
            .EnumerateObject()
            .Select(property => property.Name)
            .ShouldBe(["name", "health", "requests", "failures", "retries", "inFlight", "p50Ms", "p99Ms"]);

        var status = await gateway.StatusAsync();
        status.Policy.ShouldBe("RoundRobin");
        status.Replicas.Select(replica => replica.Name).ShouldBe(backends.Names);
        status.Replicas.Select(replica => replica.Requests).ShouldBe([11, 10, 10]);
        status.Replicas.ShouldAllBe(replica =>
            replica.Health == "healthy" && replica.Failures == 0 && replica.InFlight == 0
        );
        status.Replicas.ShouldAllBe(replica => replica.P50Ms > 0 && replica.P99Ms >= replica.P50Ms);
    }

    [Fact]
    public async Task Requests_in_flight_are_counted()
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            2,
            backend => backend.Answer = context => released.Task.WaitAsync(context.RequestAborted)
        );
        await using var gateway = await TestGateway.StartAsync(backends);

        var requests = Enumerable.Range(0, 6).Select(_ => gateway.Client.GetAsync("/api/hello", Cancellation)).ToList();
        await gateway.WaitForStatusAsync(
            status => status.Replicas.All(replica => replica.InFlight == 3),
            "three are in flight on each"
        );
        released.SetResult();
        await Task.WhenAll(requests);
        await gateway.WaitForStatusAsync(
            status => status.Replicas.All(replica => replica.InFlight == 0),
            "none is in flight"
        );
    }

    [Fact]
    public async Task The_stream_reports_at_once_every_second_and_on_changes_of_health()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Health:Active:Interval", "00:00:00.050")
        );

        using var response = await gateway.Client.GetAsync(
            "/gateway/status/stream",
            HttpCompletionOption.ResponseHeadersRead,
            Cancellation
        );
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        await using var stream = await response.Content.ReadAsStreamAsync(Cancellation);
        await using var events = SseParser
            .Create(
                stream,
                (type, data) =>
                {
                    type.ShouldBe("status");
                    return JsonSerializer.Deserialize<GatewayStatus>(data, JsonSerializerOptions.Web)!;
                }
            )
            .EnumerateAsync(Cancellation)
            .GetAsyncEnumerator(Cancellation);

        (await events.MoveNextAsync()).ShouldBeTrue();
        var first = events.Current.Data;
        first.Replicas.ShouldAllBe(replica => replica.Health == "healthy");
        // The last change of health at the start may follow the first status at once; after that, there is one event a
        // second.
        var early = 0;
        do
        {
            (await events.MoveNextAsync()).ShouldBeTrue();
            early.ShouldBeLessThan(3);
            early++;
        } while (events.Current.Data.UptimeSeconds - first.UptimeSeconds < 0.5);

        await backends[1].CrashAsync();
        while (events.Current.Data.Replicas[1].Health != "unhealthy")
        {
            (await events.MoveNextAsync()).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task All_watchers_share_one_reading_of_the_status_and_their_number_is_limited()
    {
        const int Watchers = 50;
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await TestGateway.StartAsync(backends, ("Gateway:Status:MaxStreams", $"{Watchers}"));

        var responses = await Task.WhenAll(Enumerable.Range(0, Watchers).Select(_ => OpenAsync()));
        responses.ShouldAllBe(response => response.IsSuccessStatusCode);
        using (var refused = await OpenAsync())
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.ShouldNotBeNull();
            refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }

        // If each client had its own events, their timestamps would differ.
        var seen = await Task.WhenAll(responses.Select(ReadThreeAsync));
        var different = seen.SelectMany(events => events).Distinct(StringComparer.Ordinal).Count();
        Output.WriteLine($"{Watchers * 3} events read, {different} different ones.");
        different.ShouldBeLessThan(10);

        responses[0].Dispose();
        await Eventually.Async(
            async () =>
            {
                using var response = await OpenAsync();
                return response.IsSuccessStatusCode;
            },
            "one who leaves makes room"
        );
        foreach (var response in responses)
        {
            response.Dispose();
        }

        Task<HttpResponseMessage> OpenAsync() =>
            gateway.Client.GetAsync("/gateway/status/stream", HttpCompletionOption.ResponseHeadersRead, Cancellation);

        static async Task<List<string>> ReadThreeAsync(HttpResponseMessage response)
        {
            var events = new List<string>();
            var stream = await response.Content.ReadAsStreamAsync(Cancellation);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(Cancellation))
            {
                events.Add(item.Data);
                if (events.Count == 3)
                {
                    break;
                }
            }

            return events;
        }
    }

    [Fact]
    public async Task The_uptime_goes_on_when_the_clock_is_set_back()
    {
        var clock = new ClockThatCanBeSet();
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            [backends[0].Url],
            [],
            services => services.AddSingleton<TimeProvider>(clock)
        );

        var before = (await gateway.StatusAsync()).UptimeSeconds;
        clock.Ahead = TimeSpan.FromDays(-2);
        var after = (await gateway.StatusAsync()).UptimeSeconds;

        after.ShouldBeInRange(before, before + 60);
    }

    [Fact]
    public async Task A_replica_has_the_name_that_it_reports()
    {
        await using var named = await Backend.StartAsync("3f2a9c");
        await using var nameless = await Backend.StartAsync("?", backend => backend.NamesItself = false);
        await using var gateway = await TestGateway.StartAsync([named, nameless]);

        (await gateway.StatusAsync()).Replicas.Select(replica => replica.Name).ShouldBe(["3f2a9c", "api-2"]);
        (await gateway.AskAsync(4)).ShouldBe(["3f2a9c", "api-2", "3f2a9c", "api-2"]);
    }

    [Theory]
    [InlineData(0.003)]
    [InlineData(0.016)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(7.77)]
    [InlineData(1234.5)]
    [InlineData(60_000)]
    [InlineData(2_000_000)]
    public void Latencies_read_back_are_within_four_percent(double milliseconds)
    {
        var window = new LatencyWindow();
        for (var i = 0; i < 100; i++)
        {
            window.Record(TimeSpan.FromMilliseconds(milliseconds));
        }

        var (p50, p99) = window.Read();
        p50!.Value.ShouldBe(milliseconds, milliseconds * 0.04);
        p99!.Value.ShouldBe(p50.Value);
    }

    [Fact]
    public void Percentiles_are_of_the_last_ten_ticks()
    {
        var window = new LatencyWindow();
        for (var i = 0; i < 100; i++)
        {
            window.Record(TimeSpan.FromMilliseconds(i < 98 ? 1 : 100));
        }

        window.Read().P50!.Value.ShouldBe(1, 0.04);
        window.Read().P99!.Value.ShouldBe(100, 4);

        for (var tick = 0; tick < LatencyWindow.Ticks; tick++)
        {
            window.Read().P50.ShouldNotBeNull();
            window.Advance();
        }

        window.Read().ShouldBe((null, null));
    }

    /// <summary>The system's time, with a wall clock that a test can set.</summary>
    private sealed class ClockThatCanBeSet : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
