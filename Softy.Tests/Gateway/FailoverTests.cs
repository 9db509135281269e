using System.Net;
using Microsoft.AspNetCore.Http;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

[Collection(GatewayCollection.Name)]
public sealed class FailoverTests
{
    // Ejection and probes would hide from the tests what a single request meets.
    private static readonly (string, string)[] _neverEject =
    [
        ("Gateway:Health:Active:FailureThreshold", "100"),
        ("Gateway:Health:Passive:FailureThreshold", "1000"),
    ];

    private static readonly byte[] _smallBody = [.. Enumerable.Range(0, 5_000).Select(i => (byte)i)];

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("TRACE")]
    public async Task An_idempotent_request_that_a_replica_breaks_off_is_answered_by_another(string method)
    {
        await using var broken = new RawBackend((_, connection) => ResetAsync(connection));
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/messages/1");
        request.Content = method == "PUT" ? new ByteArrayContent(_smallBody) : null;
        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Instance().ShouldBe("api-2");
        response.Retries().ShouldBe(1);
        broken.Requests.Count.ShouldBe(1);
        var status = await gateway.StatusAsync();
        status.Replicas[0].Failures.ShouldBe(1);
        status.Replicas[1].Retries.ShouldBe(1);
        status.Replicas[1].Requests.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_is_sent_again_whole(bool chunked)
    {
        await using var broken = new RawBackend((_, connection) => ResetAsync(connection));
        byte[]? received = null;
        await using var well = await Backend.StartAsync(
            "api-2",
            backend =>
                backend.Answer = async context =>
                {
                    using var copy = new MemoryStream();
                    await context.Request.Body.CopyToAsync(copy, context.RequestAborted);
                    received = copy.ToArray();
                }
        );
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var request = Post(_smallBody, key: "one");
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Retries().ShouldBe(1);
        received.ShouldBe(_smallBody);
        broken.Requests.Single().Body.ShouldBe(_smallBody);
    }

    [Fact]
    public async Task A_plain_POST_that_was_sent_is_never_sent_again()
    {
        await using var broken = new RawBackend((_, connection) => ResetAsync(connection));
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var response = await gateway.Client.SendAsync(Post(_smallBody), TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        broken.Requests.Count.ShouldBe(1);
        well.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST", false)]
    [InlineData("POST", true)]
    [InlineData("PATCH", false)]
    public async Task Not_even_on_a_pooled_connection_that_breaks_while_the_request_is_on_it(
        string method,
        bool withBody
    )
    {
        // The HTTP client itself repeats a request without content, whatever its method, when a connection that was
        // used before ends without an answer.
        var answers = 0;
        await using var broken = new RawBackend(
            (_, connection) =>
            {
                if (Interlocked.Increment(ref answers) == 1)
                {
                    return connection.SendAsync(RawBackend.Ok);
                }

                connection.Close();
                return Task.CompletedTask;
            }
        );
        await using var gateway = await StartAsync(broken.Url);
        await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);

        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/visits");
        request.Content = withBody ? new ByteArrayContent(_smallBody) : null;
        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        broken.Requests.Count(sent => sent.RequestLine.StartsWith(method, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Not_even_when_the_replica_dies_of_it_and_cannot_be_connected_to_again(bool expectContinue)
    {
        RawBackend dying = null!;
        dying = new RawBackend(
            (request, connection) =>
            {
                if (request.RequestLine.StartsWith("GET", StringComparison.Ordinal))
                {
                    return connection.SendAsync(RawBackend.Ok);
                }

                dying.StopListening();
                connection.Reset();
                return Task.CompletedTask;
            }
        );
        await using var disposing = dying;
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(dying.Url, well.Url);
        await gateway.AskAsync(2);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/visits");
        if (expectContinue)
        {
            dying.SkipsBodies = true;
            request.Content = new ByteArrayContent(_smallBody);
            request.Headers.ExpectContinue = true;
        }

        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        dying.Requests.Count(sent => sent.RequestLine.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
        well.Requests.ShouldNotContain(sent => sent.StartsWith("POST", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plain_POST_that_could_not_be_sent_goes_to_another_replica(bool large)
    {
        await using var gone = await Backend.StartAsync("api-1");
        await using var well = await Backend.StartAsync(
            "api-2",
            backend =>
                backend.Answer = async context =>
                {
                    await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                    await context.Response.WriteAsync("ok", context.RequestAborted);
                }
        );
        await using var gateway = await StartAsync(gone.Url, well.Url);
        await gone.CrashAsync();

        using var response = await gateway.Client.SendAsync(
            Post(large ? new byte[1_000_000] : _smallBody),
            TestContext.Current.CancellationToken
        );

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Retries().ShouldBe(1);
        well.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_not_sent_again()
    {
        await using var broken = new RawBackend((_, connection) => ResetAsync(connection));
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync([broken.Url, well.Url], ("Gateway:Failover:BufferLimit", "4999"));

        foreach (var chunked in new[] { false, true })
        {
            using var request = Post(_smallBody, key: "one");
            request.Headers.TransferEncodingChunked = chunked;
            using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
            // The next turn is the other replica's.
            await gateway.Client.SendAsync(Post(_smallBody), TestContext.Current.CancellationToken);
        }

        broken.Requests.Count.ShouldBe(2);
        well.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Nothing_is_retried_after_the_first_byte_of_an_answer()
    {
        var begun = new TaskCompletionSource();
        await using var broken = new RawBackend(
            async (_, connection) =>
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly so much");
                await begun.Task.WaitAsync(TestContext.Current.CancellationToken);
                connection.Reset();
            }
        );
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var response = await gateway.Client.GetAsync(
            "/api/hello",
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken
        );
        begun.SetResult();
        await Should.ThrowAsync<HttpRequestException>(() =>
            response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );

        await gateway.WaitForStatusAsync(status => status.Replicas[0].Failures == 1, "the failure is counted");
        well.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_502_503_504_are_retried_where_that_is_configured_and_passed_on_where_not()
    {
        await using var broken = new RawBackend(
            (_, connection) =>
                connection.SendAsync(
                    "HTTP/1.1 503 Service Unavailable\r\nX-From: api-1\r\nContent-Length: 4\r\n\r\nsick"
                )
        );
        await using var well = await Backend.StartAsync("api-2");

        await using (var gateway = await StartAsync(broken.Url, well.Url))
        {
            using var response = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("sick");
        }

        await using (var gateway = await StartAsync([broken.Url, well.Url], ("Gateway:Failover:StatusCodes:0", "503")))
        {
            using var response = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Instance().ShouldBe("api-2");
            response.Retries().ShouldBe(1);
            response.Headers.Contains("X-From").ShouldBeFalse();
            (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("Hello, World!");

            await well.CrashAsync();
            using var last = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
            last.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

            using var post = await gateway.Client.SendAsync(Post(_smallBody), TestContext.Current.CancellationToken);
            post.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await post.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("sick");
        }
    }

    [Fact]
    public async Task Each_replica_is_asked_once_at_most_and_no_more_of_them_than_configured()
    {
        await using var one = new RawBackend((_, connection) => ResetAsync(connection));
        await using var two = new RawBackend((_, connection) => ResetAsync(connection));
        await using var three = new RawBackend((_, connection) => ResetAsync(connection));
        RawBackend[] all = [one, two, three];

        await using (var gateway = await StartAsync([.. all.Select(backend => backend.Url)]))
        {
            using var response = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
            response.Retries().ShouldBe(2);
            all.ShouldAllBe(backend => backend.Requests.Count == 1);
        }

        await using (
            var gateway = await StartAsync(
                [.. all.Select(backend => backend.Url)],
                ("Gateway:Failover:MaxRetries", "1")
            )
        )
        {
            using var response = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
            response.Retries().ShouldBe(1);
            all.Sum(backend => backend.Requests.Count).ShouldBe(3 + 2);
        }

        await using (
            var gateway = await StartAsync(
                [.. all.Select(backend => backend.Url)],
                ("Gateway:Failover:Enabled", "false")
            )
        )
        {
            using var response = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
            all.Sum(backend => backend.Requests.Count).ShouldBe(3 + 2 + 1);
        }
    }

    [Theory]
    [InlineData("/api/messages", true)]
    [InlineData("/api/visits", true)]
    [InlineData("/api/other", false)]
    [InlineData("/api/messages/1/likes", false)]
    public async Task A_key_makes_a_POST_repeatable_where_the_service_honours_it(string path, bool isHonoured)
    {
        await using var broken = new RawBackend((_, connection) => ResetAsync(connection));
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var request = Post(_smallBody, key: "one", path);
        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(isHonoured ? HttpStatusCode.OK : HttpStatusCode.BadGateway);
        well.Requests.Count.ShouldBe(isHonoured ? 1 : 0);
    }

    [Fact]
    public async Task Which_paths_honour_a_key_is_a_setting_that_changes_while_running()
    {
        await using var broken = new RawBackend((_, connection) => ResetAsync(connection));
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        gateway.Change(("Gateway:Failover:IdempotencyKeyPaths:0", "no path"));
        (await PostAsync("/api/messages")).ShouldBe(HttpStatusCode.OK);
        (await PostAsync("/api/orders")).ShouldBe(HttpStatusCode.OK, "the next turn is the other replica's");
        gateway.Change(("Gateway:Failover:IdempotencyKeyPaths:0", "/api/orders"));
        (await PostAsync("/api/messages")).ShouldBe(HttpStatusCode.BadGateway);
        (await PostAsync("/api/messages")).ShouldBe(HttpStatusCode.OK);
        (await PostAsync("/api/orders")).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> PostAsync(string path)
        {
            using var response = await gateway.Client.SendAsync(
                Post(_smallBody, key: "one", path),
                TestContext.Current.CancellationToken
            );
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData("Idempotency-Key")]
    [InlineData("close, idempotency-key")]
    [InlineData("keep-alive, Idempotency-Key, X-Other")]
    public async Task A_client_that_calls_its_key_a_header_for_the_next_hop_has_it_sent_to_every_replica(
        string connection
    )
    {
        await using var one = new RawBackend((_, connection) => ResetAsync(connection));
        await using var two = new RawBackend();
        await using var gateway = await StartAsync(one.Url, two.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            $"POST /api/messages HTTP/1.1\r\nHost: a\r\nIdempotency-Key: one\r\nConnection: {connection}\r\n"
                + "Content-Length: 2\r\n\r\nhi",
            silence: TimeSpan.FromSeconds(2)
        );

        RawClient.StatusCodes(answer).ShouldBe([200]);
        one.Requests.Single().Header("Idempotency-Key").ShouldBe(["one"]);
        two.Requests.Single().Header("Idempotency-Key").ShouldBe(["one"]);
    }

    [Fact]
    public async Task When_no_replica_can_be_reached_the_answer_is_503_with_Retry_After()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await StartAsync([.. backends.Select(backend => backend.Url)]);
        foreach (var backend in backends)
        {
            await backend.CrashAsync();
        }

        using var response = await gateway.Client.SendAsync(Post(_smallBody), TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("127.0.0.1");
    }

    private static async Task ResetAsync(RawConnection connection)
    {
        await Task.Yield();
        connection.Reset();
    }

    private static HttpRequestMessage Post(byte[] body, string? key = null, string path = "/api/messages")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return request;
    }

    private static Task<InProcessGateway> StartAsync(params Uri[] api) => StartAsync(api, []);

    private static Task<InProcessGateway> StartAsync(Uri[] api, params (string, string)[] settings) =>
        InProcessGateway.StartAsync(
            [.. api.Select(url => url.AbsoluteUri)],
            api[^1].AbsoluteUri,
            [.. _neverEject, .. settings]
        );
}
