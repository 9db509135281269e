using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
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
                backend.Health = context =>
                {
                    protocols["probe"] = context.Request.Protocol;
                    return Task.CompletedTask;
                };
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
        protocols["probe"].ShouldBe("HTTP/1.1");
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
        await using var refusing = new RawHttp2Backend(request =>
            goesAway ? request.GoAwayAsync() : request.RefuseAsync()
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
        await using var dying = new RawHttp2Backend(request =>
        {
            request.Close();
            return Task.CompletedTask;
        });
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
        await using var dying = new RawHttp2Backend(request =>
        {
            request.Close();
            return Task.CompletedTask;
        });
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(dying, well);

        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);

        response.Instance().ShouldBe("api-2");
        response.Retries().ShouldBe(1);
        dying.Requests.ShouldBe(1);
    }

    [Theory]
    [InlineData("services:api:h2:1", "http://127.0.0.1:9")]
    [InlineData("services:api:h2:0", "http://127.0.0.2:9")]
    [InlineData("services:api:h2:0", "https://127.0.0.1:9")]
    public async Task An_address_for_HTTP2_belongs_to_one_for_HTTP1(string key, string address)
    {
        var error = await Should.ThrowAsync<AggregateException>(() =>
            InProcessGateway.StartAsync(["http://127.0.0.1:8"], "http://127.0.0.1:8", [(key, address)])
        );

        error.InnerExceptions.ShouldHaveSingleItem().ShouldBeOfType<OptionsValidationException>();
        error.Message.ShouldContain(
            $"{key["services:".Length..]} is '{address}'; it must have the same host as api:http:"
        );
    }

    /// <summary>Starts a gateway whose first replica accepts HTTP/2 at the level of frames.</summary>
    private static Task<IGateway> StartAsync(RawHttp2Backend first, Backend second) =>
        StartAsync(
            [first.Url, second.Url],
            ("services:api:h2:0", first.Url.AbsoluteUri),
            // The first replica accepts no probes.
            ("Gateway:Health:Active:Enabled", "false")
        );
}
