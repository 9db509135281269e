using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Requests are sent by HTTP/2 to the replicas that accept it.</summary>
[Collection(GatewayCollection.Name)]
public sealed class Http2UpstreamTests : FailoverTest
{
    [Fact]
    public async Task Requests_without_a_body_use_HTTP2_and_the_others_use_HTTP1()
    {
        var protocols = new ConcurrentDictionary<string, string>();
        await using var backend = await Backend.StartAsync(
            "api-1",
            backend =>
            {
                backend.AcceptsWebSockets = true;
                backend.Answer = context =>
                {
                    protocols[context.Request.Method] = context.Request.Protocol;
                    return Answers.ReadBodyAsync(context);
                };
            }
        );
        await using var gateway = await StartAsync(backend.Url);

        (await gateway.Client.GetAsync("/api/hello", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var post = Post(SmallBody);
        (await gateway.Client.SendAsync(post, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.Client.DeleteAsync("/api/messages/1", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var socket = await gateway.ConnectWebSocketAsync();
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        var echo = await socket.ReceiveAsync(new byte[100], Cancellation);

        echo.Count.ShouldBe(5);
        protocols["GET"].ShouldBe("HTTP/2");
        protocols["DELETE"].ShouldBe("HTTP/2");
        protocols["POST"].ShouldBe("HTTP/1.1");
    }

    [Fact]
    public async Task The_name_of_the_replica_is_spelled_as_documented()
    {
        await using var backend = await Backend.StartAsync("api-1");
        await using var gateway = await StartAsync(backend.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            "GET /api/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        );

        answer.ShouldContain("\r\nX-Softy-Instance: api-1\r\n", Case.Sensitive);
    }

    [Fact]
    public async Task It_can_be_switched_off_and_on_while_the_gateway_runs()
    {
        await using var backend = await Backend.StartAsync(
            "api-1",
            backend => backend.Answer = context => context.Response.WriteAsync(context.Request.Protocol, Cancellation)
        );
        await using var gateway = await InProcessGateway.StartAsync(backend.Url, ("Gateway:Upstream:Http2", "false"));

        (await gateway.Client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("HTTP/1.1");
        gateway.Change(("Gateway:Upstream:Http2", "true"));
        (await gateway.Client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("HTTP/2");
    }

    [Fact]
    public async Task A_replica_can_have_more_requests_than_a_connection_has_streams()
    {
        const int Count = 250;
        using var arrived = new CountdownEvent(Count);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = await Backend.StartAsync(
            "api-1",
            backend =>
                backend.Answer = async context =>
                {
                    if (arrived.Signal())
                    {
                        all.SetResult();
                    }

                    await all.Task.WaitAsync(context.RequestAborted);
                }
        );
        await using var gateway = await StartAsync(backend.Url);

        var responses = await Task.WhenAll(
            Enumerable.Range(0, Count).Select(_ => gateway.Client.GetAsync("/api/hello", Cancellation))
        );

        responses.ShouldAllBe(response => response.StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Concurrent_requests_take_exact_turns()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await InProcessGateway.StartAsync(backends);
        await gateway.WaitUntilAllAreHealthyAsync(3);

        var responses = await Task.WhenAll(
            Enumerable.Range(0, 300).Select(_ => gateway.Client.GetAsync("/api/hello", Cancellation))
        );

        responses
            .CountBy(response => response.Instance())
            .ShouldBe(backends.Names.Select(name => KeyValuePair.Create(name, 100)), ignoreOrder: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_POST_that_a_replica_refuses_goes_to_another_one(bool goesAway)
    {
        // The replica guarantees that it has not processed the request, so even this one is sent again.
        await using var refusing = await RawHttp2Backend.StartAsync(
            "api-1",
            request => goesAway ? request.GoAwayAsync() : request.RefuseAsync()
        );
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(refusing, well);

        using var response = await gateway.Client.PostAsync("/api/visits", content: null, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Instance().ShouldBe("api-2");
        refusing.Requests.ShouldBe(2);
        well.Requests.ShouldBe(["POST /api/visits"]);
    }

    [Fact]
    public async Task A_POST_whose_connection_breaks_is_not_sent_again()
    {
        await using var dying = await RawHttp2Backend.StartAsync(
            "api-1",
            request =>
            {
                request.Close();
                return Task.CompletedTask;
            }
        );
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(dying, well);

        using var response = await gateway.Client.PostAsync("/api/visits", content: null, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        dying.Requests.ShouldBe(1);
        well.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_GET_whose_connection_breaks_goes_to_another_replica()
    {
        await using var dying = await RawHttp2Backend.StartAsync(
            "api-1",
            request =>
            {
                request.Close();
                return Task.CompletedTask;
            }
        );
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(dying, well);

        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);

        response.Instance().ShouldBe("api-2");
        response.Retries().ShouldBe(1);
        dying.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task Replicas_with_and_without_HTTP2_belong_to_one_cluster()
    {
        await using var old = await Backend.StartAsync(
            "api-1",
            backend =>
            {
                AnswerWithProtocol(backend);
                backend.AcceptsHttp2 = false;
            }
        );
        await using var current = await Backend.StartAsync("api-2", AnswerWithProtocol);
        await using var gateway = await StartAsync(old.Url, current.Url);

        (await AskForProtocolsAsync(gateway, 4)).ShouldBe(
            [("api-1", "HTTP/1.1"), ("api-2", "HTTP/2"), ("api-1", "HTTP/1.1"), ("api-2", "HTTP/2")],
            ignoreOrder: true
        );
    }

    [Fact]
    public async Task A_port_at_which_another_replica_answers_is_not_used()
    {
        await using var other = await Backend.StartAsync("api-2");
        await using var backend = await Backend.StartAsync(
            "api-1",
            backend =>
            {
                AnswerWithProtocol(backend);
                backend.AnnouncedHttp2Port = other.Http2Port;
            }
        );
        await using var gateway = await StartAsync(backend.Url);

        (await AskForProtocolsAsync(gateway, 1)).ShouldBe([("api-1", "HTTP/1.1")]);
    }

    [Fact]
    public async Task A_replica_that_is_replaced_by_an_older_one_gets_the_next_request_by_HTTP1()
    {
        await using var backend = await Backend.StartAsync("api-1", AnswerWithProtocol);
        // No probe tells the gateway about the older replica.
        await using var gateway = await StartAsync([backend.Url], ("Gateway:Health:Active:Interval", "01:00:00"));
        (await AskForProtocolsAsync(gateway, 1)).ShouldBe([("api-1", "HTTP/2")]);

        await backend.CrashAsync();
        backend.AcceptsHttp2 = false;
        await backend.StartAsync();

        (await AskForProtocolsAsync(gateway, 2)).ShouldBe([("api-1", "HTTP/1.1"), ("api-1", "HTTP/1.1")]);
    }

    [Fact]
    public async Task A_rolling_update_in_either_direction_fails_no_request()
    {
        await using var backends = await Backend.StartSeveralAsync(2, AnswerWithProtocol);
        await using var gateway = await StartAsync(
            [.. backends.Select(backend => backend.Url)],
            ("Gateway:Health:Active:Interval", "00:00:00.050")
        );

        foreach (var acceptsHttp2 in new[] { false, true })
        {
            foreach (var backend in backends)
            {
                await backend.CrashAsync();
                backend.AcceptsHttp2 = acceptsHttp2;
                await backend.StartAsync();
                var expected = (backend.Name, acceptsHttp2 ? "HTTP/2" : "HTTP/1.1");
                await Eventually.Async(
                    // Fails the test if a request fails.
                    async () => (await AskForProtocolsAsync(gateway, 2)).Contains(expected),
                    $"{expected.Name} gets requests by {expected.Item2}"
                );
            }
        }
    }

    private static void AnswerWithProtocol(Backend backend) =>
        backend.Answer = context => context.Response.WriteAsync(context.Request.Protocol, Cancellation);

    /// <summary>Sends GET requests one after the other.</summary>
    /// <returns>Which replica answered each, and by which protocol it got the request.</returns>
    private static async Task<List<(string Replica, string Protocol)>> AskForProtocolsAsync(IGateway gateway, int count)
    {
        var answers = new List<(string, string)>();
        for (var n = 0; n < count; n++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            answers.Add((response.Instance(), await response.Content.ReadAsStringAsync(Cancellation)));
        }

        return answers;
    }

    /// <summary>Starts a gateway whose first replica accepts HTTP/2 at the level of frames.</summary>
    private static Task<IGateway> StartAsync(RawHttp2Backend first, Backend second) =>
        TestGateway.StartAsync(
            [first.ProbedUrl.AbsoluteUri, second.Url.AbsoluteUri],
            // The port of the first replica is checked once, and not also as that of the web site.
            web: second.Url.AbsoluteUri,
            NeverEject
        );
}
