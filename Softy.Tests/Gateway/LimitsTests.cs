using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

[Collection(GatewayCollection.Name)]
public sealed class LimitsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_is_too_large_is_refused_with_413(bool chunked)
    {
        await using var backends = await Backend.StartSeveralAsync(1, ReadBody);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxRequestBodySize", "10000")
        );

        // The sizes of chunks count, too.
        (await PostAsync(gateway, chunked ? 9_900 : 10_000, chunked)).ShouldBe(HttpStatusCode.OK);
        (await PostAsync(gateway, 10_001, chunked)).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Headers_that_are_too_large_are_refused_with_431()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(backends);

        var large = await RawClient.SendAsync(
            gateway.Url,
            $"GET /api/hello HTTP/1.1\r\nHost: x\r\nX-Large: {new string('a', 1024 * 1024)}\r\n\r\n"
        );
        RawClient.StatusCodes(large).ShouldBe([431]);

        var many = string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: 1\r\n"));
        RawClient
            .StatusCodes(await RawClient.SendAsync(gateway.Url, $"GET /api/hello HTTP/1.1\r\nHost: x\r\n{many}\r\n"))
            .ShouldBe([431]);
        backends[0].Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_takes_too_long_is_told_so_with_408()
    {
        await using var backends = await Backend.StartSeveralAsync(1, ReadBody);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestHeadersTimeout", "00:00:01"),
            ("Gateway:Limits:MinRequestBodyRate", "1000"),
            ("Gateway:Limits:RequestBodyGracePeriod", "00:00:01.500")
        );

        var slowHead = RawClient.SendAsync(gateway.Url, "GET /api/hello HTTP/1.1\r\nHost: x\r\n");
        var slowBody = RawClient.SendAsync(
            gateway.Url,
            "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nonly so much"
        );

        RawClient.StatusCodes(await slowHead).ShouldBe([408]);
        RawClient.StatusCodes(await slowBody).ShouldBe([408]);
    }

    [Fact]
    public async Task A_client_that_asks_too_often_is_told_to_wait_with_429()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestsPerSecondPerClient", "1"),
            ("Gateway:Limits:BurstPerClient", "5"),
            ("Gateway:Forwarded:TrustedProxies:0", "127.0.0.1")
        );

        var codes = new List<HttpStatusCode>();
        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
            codes.Add(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                response.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
                response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            }
        }

        codes.Take(5).ShouldAllBe(code => code == HttpStatusCode.OK);
        codes.ShouldContain(HttpStatusCode.TooManyRequests);

        // Another client, behind the trusted proxy that the test is, has a bucket of its own.
        using var other = new HttpRequestMessage(HttpMethod.Get, "/api/hello")
        {
            Headers = { { "X-Forwarded-For", "203.0.113.7" } },
        };
        using var answer = await gateway.Client.SendAsync(other, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        // The gateway's own endpoints are not for clients to be shut out of.
        using var status = await gateway.Client.GetAsync("/gateway/status", TestContext.Current.CancellationToken);
        status.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Requests_wait_for_their_turn_and_are_refused_with_503_when_too_many_wait()
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend => backend.Answer = context => released.Task.WaitAsync(context.RequestAborted)
        );
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxConcurrentRequests", "2"),
            ("Gateway:Limits:MaxQueuedRequests", "3")
        );

        var requests = Enumerable
            .Range(0, 6)
            .Select(_ => gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken))
            .ToList();
        var refused = await await Task.WhenAny(requests);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        await Eventually.Async(() => backends[0].Requests.Count >= 2, "two requests have reached the replica");
        backends[0].Requests.Count.ShouldBe(2);

        released.SetResult();
        var all = await Task.WhenAll(requests);
        all.Count(response => response.StatusCode == HttpStatusCode.OK).ShouldBe(5);
    }

    [Fact]
    public async Task A_small_burst_does_not_lower_the_rate()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestsPerSecondPerClient", "200"),
            ("Gateway:Limits:BurstPerClient", "1")
        );

        const int Wanted = 200;
        var (taken, asked) = (0, 0);
        var watch = Stopwatch.StartNew();
        for (; taken < Wanted; asked++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
            taken += response.IsSuccessStatusCode ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{taken} of {asked} requests taken in {watch.Elapsed.TotalSeconds:F2} s, at 200 a second."
        );
        watch.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_addresses_of_an_IPv6_network_are_one_client()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestsPerSecondPerClient", "1"),
            ("Gateway:Limits:BurstPerClient", "3"),
            ("Gateway:Forwarded:TrustedProxies:0", "127.0.0.1")
        );

        var codes = new List<HttpStatusCode>();
        for (var i = 1; i <= 20; i++)
        {
            codes.Add(await AskAsync($"2001:db8:1:2:{i:x}::{i:x}"));
        }

        codes.Count(code => code == HttpStatusCode.OK).ShouldBeLessThan(10);
        (await AskAsync("2001:db8:1:3::1")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync("::ffff:203.0.113.8")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync("::ffff:203.0.113.9")).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> AskAsync(string client)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/hello")
            {
                Headers = { { "X-Forwarded-For", client } },
            };
            using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Limits_that_change_leave_no_timers_behind()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestsPerSecondPerClient", "1000")
        );
        await gateway.AskAsync(10);

        var before = Timer.ActiveCount;
        for (var i = 0; i < 100; i++)
        {
            gateway.Change(
                ("Gateway:Limits:RequestsPerSecondPerClient", $"{2000 + i}"),
                ("Gateway:Limits:MaxConcurrentRequests", $"{10 + i}")
            );
            await gateway.AskAsync(1);
        }

        var grown = Timer.ActiveCount - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"{grown} more timers after 100 changes of the limits.");
        grown.ShouldBeLessThan(50);
    }

    [Fact]
    public async Task Requests_that_wait_go_where_the_destinations_are_afterwards_and_count_once_in_their_clients_rate()
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            2,
            backend => backend.Answer = context => released.Task.WaitAsync(context.RequestAborted)
        );
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxConcurrentRequests", "1"),
            ("Gateway:Limits:RequestsPerSecondPerClient", "1"),
            ("Gateway:Limits:BurstPerClient", "11"),
            ("Gateway:Health:Active:Interval", "00:00:00.050")
        );
        using var queue = new RateLimitQueue(gateway);

        var first = gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
        await Eventually.Async(
            () => backends.Any(backend => !backend.Requests.IsEmpty),
            "the first request has its turn"
        );
        var waiting = Enumerable
            .Range(0, 10)
            .Select(_ => gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken))
            .ToList();
        await Eventually.Async(() => queue.Length == 10, "ten requests wait");
        backends[0].Health = context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers["X-Softy-Draining"] = "true";
            return Task.CompletedTask;
        };
        await gateway.WaitForStatusAsync(
            status => status.Replicas[0].Health == "draining",
            "the gateway knows that api-1 is leaving"
        );
        released.SetResult();

        using var finished = await first;
        var instances = new List<string>();
        foreach (var response in await Task.WhenAll(waiting))
        {
            using (response)
            {
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
                instances.Add(response.Instance());
            }
        }

        instances.ShouldAllBe(instance => instance == "api-2");
    }

    [Fact]
    public async Task Event_streams_take_no_turns_and_have_a_limit_of_their_own()
    {
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
                backend.Answer = async context =>
                {
                    if (context.Request.Path == "/api/live")
                    {
                        context.Response.ContentType = "text/event-stream";
                        await context.Response.WriteAsync("data: 1\n\n", context.RequestAborted);
                        await Task.Delay(Timeout.Infinite, context.RequestAborted);
                    }
                }
        );
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxConcurrentRequests", "2"),
            ("Gateway:Limits:MaxQueuedRequests", "0"),
            ("Gateway:Limits:MaxEventStreams", "4")
        );

        var streams = new List<HttpResponseMessage>();
        for (var i = 0; i < 4; i++)
        {
            streams.Add(await OpenAsync());
        }

        streams.ShouldAllBe(stream => stream.StatusCode == HttpStatusCode.OK);
        await gateway.AskAsync(5);
        using (var fifth = await OpenAsync())
        {
            fifth.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            fifth.Headers.RetryAfter.ShouldNotBeNull();
            fifth.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            (await fifth.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain(
                "event streams"
            );
        }

        // A limit that changes counts those that are open.
        gateway.Change(("Gateway:Limits:MaxEventStreams", "3"));
        streams[0].Dispose();
        await gateway.WaitForStatusAsync(status => status.Replicas[0].InFlight == 3, "one stream is closed");
        using (var fourth = await OpenAsync())
        {
            fourth.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        }

        streams[1].Dispose();
        await Eventually.Async(
            async () =>
            {
                var response = await OpenAsync();
                streams.Add(response);
                return response.IsSuccessStatusCode;
            },
            "there is room for another stream"
        );
        streams.ForEach(stream => stream.Dispose());

        Task<HttpResponseMessage> OpenAsync() =>
            gateway.Client.GetAsync(
                "/api/live",
                HttpCompletionOption.ResponseHeadersRead,
                TestContext.Current.CancellationToken
            );
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: nothing\r\n")]
    [InlineData(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )]
    [InlineData("Accept: text/event-stream\r\n")]
    public async Task Whoever_asks_for_a_stream_and_gets_none_needs_a_turn(string headers)
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend => backend.Answer = context => released.Task.WaitAsync(context.RequestAborted)
        );
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxConcurrentRequests", "2"),
            ("Gateway:Limits:MaxQueuedRequests", "0")
        );

        var request = $"GET /api/hello HTTP/1.1\r\nHost: x\r\n{headers}\r\n";
        var held = Enumerable
            .Range(0, 2)
            .Select(_ => RawClient.SendAsync(gateway.Url, request, TimeSpan.FromSeconds(4)))
            .ToList();
        await Eventually.Async(() => backends[0].Requests.Count == 2, "two have their turn");
        var refused = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => RawClient.SendAsync(gateway.Url, request, TimeSpan.FromSeconds(1)))
        );
        released.SetResult();

        refused.SelectMany(RawClient.StatusCodes).ShouldBe([503, 503, 503, 503]);
        backends[0].Requests.Count.ShouldBe(2);
        (await Task.WhenAll(held)).SelectMany(RawClient.StatusCodes).ShouldBe([200, 200]);
    }

    [Fact]
    public async Task WebSockets_are_counted()
    {
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.AcceptsWebSockets = true);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxWebSockets", "2"),
            ("Gateway:Limits:MaxConcurrentRequests", "1"),
            ("Gateway:Limits:MaxQueuedRequests", "0")
        );
        var url = new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/api/live" }.Uri;

        using var first = await ConnectAsync(url);
        using var second = await ConnectAsync(url);
        (await Should.ThrowAsync<WebSocketException>(() => ConnectAsync(url))).Message.ShouldContain("503");

        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        await Eventually.Async(
            async () =>
            {
                try
                {
                    using var third = await ConnectAsync(url);
                    return true;
                }
                catch (WebSocketException)
                {
                    return false;
                }
            },
            "there is room for another WebSocket"
        );
    }

    private static void ReadBody(Backend backend) =>
        backend.Answer = async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            await context.Response.WriteAsync("ok", context.RequestAborted);
        };

    private static async Task<HttpStatusCode> PostAsync(InProcessGateway gateway, int size, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages")
        {
            Content = new ByteArrayContent(new byte[size]),
        };
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }

        return response.StatusCode;
    }

    private static async Task<ClientWebSocket> ConnectAsync(Uri url)
    {
        var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(url, TestContext.Current.CancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The number of queued requests, from the metrics of the rate limiting middleware.</summary>
    private sealed class RateLimitQueue : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _length;

        public RateLimitQueue(InProcessGateway gateway)
        {
            var meters = gateway.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (
                    instrument.Name == "aspnetcore.rate_limiting.queued_requests"
                    && ReferenceEquals(instrument.Meter.Scope, meters)
                )
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _length, change));
            _listener.Start();
        }

        public long Length => Interlocked.Read(ref _length);

        public void Dispose() => _listener.Dispose();
    }
}
