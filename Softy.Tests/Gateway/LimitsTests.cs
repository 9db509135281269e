using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
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
        await using var gateway = await InProcessGateway.StartAsync(backends, ("Gateway:Limits:MaxRequestBodySize", "10000"));

        // The sizes of chunks count, too.
        (await PostAsync(gateway, chunked ? 9_900 : 10_000, chunked)).ShouldBe(HttpStatusCode.OK);
        (await PostAsync(gateway, 10_001, chunked)).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Headers_that_are_too_large_are_refused_with_431()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(backends);

        var large = await RawClient.SendAsync(gateway.Url, $"GET /api/hello HTTP/1.1\r\nHost: x\r\nX-Large: {new string('a', 1024 * 1024)}\r\n\r\n");
        RawClient.StatusCodes(large).ShouldBe([431]);

        var many = string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: 1\r\n"));
        RawClient.StatusCodes(await RawClient.SendAsync(gateway.Url, $"GET /api/hello HTTP/1.1\r\nHost: x\r\n{many}\r\n")).ShouldBe([431]);
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
            ("Gateway:Limits:RequestBodyGracePeriod", "00:00:01.500"));

        var slowHead = RawClient.SendAsync(gateway.Url, "GET /api/hello HTTP/1.1\r\nHost: x\r\n");
        var slowBody = RawClient.SendAsync(gateway.Url, "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nonly so much");

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
            ("Gateway:Forwarded:TrustedProxies:0", "127.0.0.1"));

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
        using var other = new HttpRequestMessage(HttpMethod.Get, "/api/hello") { Headers = { { "X-Forwarded-For", "203.0.113.7" } } };
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
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.Answer = context => released.Task.WaitAsync(context.RequestAborted));
        await using var gateway = await InProcessGateway.StartAsync(
            backends, ("Gateway:Limits:MaxConcurrentRequests", "2"), ("Gateway:Limits:MaxQueuedRequests", "3"));

        var requests = Enumerable.Range(0, 6).Select(_ => gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken)).ToList();
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
    public async Task WebSockets_are_counted()
    {
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.AcceptsWebSockets = true);
        await using var gateway = await InProcessGateway.StartAsync(backends, ("Gateway:Limits:MaxWebSockets", "2"));
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
            "there is room for another WebSocket");
    }

    private static void ReadBody(Backend backend) => backend.Answer = async context =>
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        await context.Response.WriteAsync("ok", context.RequestAborted);
    };

    private static async Task<HttpStatusCode> PostAsync(InProcessGateway gateway, int size, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages") { Content = new ByteArrayContent(new byte[size]) };
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
}
