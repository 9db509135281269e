using System.Net;
using System.Net.WebSockets;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Event streams and WebSockets have limits of their own, and do not count as concurrent requests.</summary>
public sealed class StreamLimitTests
{
    [Fact]
    public async Task Event_streams_do_not_count_as_concurrent_requests_and_have_a_separate_limit()
    {
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
                backend.Answer = context =>
                    context.Request.Path == "/api/live" ? Answers.StreamEventsAsync(context) : Task.CompletedTask
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
            (await fifth.Content.ReadAsStringAsync(Cancellation)).ShouldContain("event streams");
        }

        // A changed limit also counts the streams that are already open.
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
            gateway.Client.GetAsync("/api/live", HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: nothing\r\n")]
    [InlineData(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )]
    [InlineData("Accept: text/event-stream\r\n")]
    public async Task A_request_for_a_stream_that_gets_none_counts_as_a_concurrent_request(string headers)
    {
        var released = new TaskCompletionSource();
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend => backend.Answer = context => released.Task.WaitAsync(context.RequestAborted)
        );
        await using var gateway = await TestGateway.StartAsync(
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
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxWebSockets", "2"),
            ("Gateway:Limits:MaxConcurrentRequests", "1"),
            ("Gateway:Limits:MaxQueuedRequests", "0")
        );

        using var first = await gateway.ConnectWebSocketAsync("/api/live");
        using var second = await gateway.ConnectWebSocketAsync("/api/live");
        (
            await Should.ThrowAsync<WebSocketException>(() => gateway.ConnectWebSocketAsync("/api/live"))
        ).Message.ShouldContain("503");

        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
        await Eventually.Async(
            async () =>
            {
                try
                {
                    using var third = await gateway.ConnectWebSocketAsync("/api/live");
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
}
