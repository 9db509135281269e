using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>A request that a replica fails is sent to another one, if that is safe.</summary>
[Collection(GatewayCollection.Name)]
public sealed class FailoverTests : FailoverTest
{
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("TRACE")]
    public async Task An_idempotent_request_that_a_replica_aborts_is_answered_by_another(string method)
    {
        await using var broken = RawBackend.Resetting();
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/messages/1");
        request.Content = method == "PUT" ? new ByteArrayContent(SmallBody) : null;
        using var response = await gateway.Client.SendAsync(request, Cancellation);

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
    public async Task A_retry_sends_the_whole_body_again(bool chunked)
    {
        await using var broken = RawBackend.Resetting();
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

        using var request = Post(SmallBody, key: "one");
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await gateway.Client.SendAsync(request, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Retries().ShouldBe(1);
        received.ShouldBe(SmallBody);
        broken.Requests.Single().Body.ShouldBe(SmallBody);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_not_sent_again()
    {
        await using var broken = RawBackend.Resetting();
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync([broken.Url, well.Url], ("Gateway:Failover:BufferLimit", "4999"));

        foreach (var chunked in new[] { false, true })
        {
            using var request = Post(SmallBody, key: "one");
            request.Headers.TransferEncodingChunked = chunked;
            using var response = await gateway.Client.SendAsync(request, Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
            // Takes the turn of the other replica.
            await gateway.Client.SendAsync(Post(SmallBody), Cancellation);
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
                await begun.Task.WaitAsync(Cancellation);
                connection.Reset();
            }
        );
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var response = await gateway.Client.GetAsync(
            "/api/hello",
            HttpCompletionOption.ResponseHeadersRead,
            Cancellation
        );
        begun.SetResult();
        await Should.ThrowAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(Cancellation));

        await gateway.WaitForStatusAsync(status => status.Replicas[0].Failures == 1, "the failure is counted");
        well.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Responses_502_503_504_are_retried_if_configured_and_passed_on_otherwise()
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
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await response.Content.ReadAsStringAsync(Cancellation)).ShouldBe("sick");
        }

        await using (var gateway = await StartAsync([broken.Url, well.Url], ("Gateway:Failover:StatusCodes:0", "503")))
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Instance().ShouldBe("api-2");
            response.Retries().ShouldBe(1);
            response.Headers.Contains("X-From").ShouldBeFalse();
            (await response.Content.ReadAsStringAsync(Cancellation)).ShouldBe("Hello, World!");

            await well.CrashAsync();
            using var last = await gateway.Client.GetAsync("/api/hello", Cancellation);
            last.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

            using var post = await gateway.Client.SendAsync(Post(SmallBody), Cancellation);
            post.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await post.Content.ReadAsStringAsync(Cancellation)).ShouldBe("sick");
        }
    }

    [Fact]
    public async Task Each_replica_is_asked_once_at_most_and_no_more_of_them_than_configured()
    {
        await using var one = RawBackend.Resetting();
        await using var two = RawBackend.Resetting();
        await using var three = RawBackend.Resetting();
        RawBackend[] all = [one, two, three];

        await using (var gateway = await StartAsync([.. all.Select(backend => backend.Url)]))
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
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
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
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
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
            all.Sum(backend => backend.Requests.Count).ShouldBe(3 + 2 + 1);
        }
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

        using var response = await gateway.Client.SendAsync(Post(SmallBody), Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldNotContain("127.0.0.1");
    }
}
