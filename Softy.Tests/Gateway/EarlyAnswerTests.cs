using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Replicas answer requests whose bodies they do not want, while clients go on sending them.</summary>
public sealed class EarlyAnswerTests
{
    private const string NotFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Slow_uploads_to_nowhere_get_the_web_sites_404_at_once_and_take_no_replica_out(bool chunked)
    {
        await using var api = await Backend.StartAsync("api-1");
        await using var web = await Backend.StartAsync(
            "web",
            backend =>
                backend.Answer = context =>
                {
                    context.Response.StatusCode = 404;
                    return context.Response.WriteAsync("nothing here", context.RequestAborted);
                }
        );
        await using var gateway = await TestGateway.StartAsync(
            [api.Url.AbsoluteUri],
            web.Url.AbsoluteUri,
            [("Gateway:Health:Passive:FailureThreshold", "1")]
        );

        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => UploadSlowlyAsync(gateway.Url, chunked)));

        answers.ShouldAllBe(answer =>
            answer.StartsWith("HTTP/1.1 404", StringComparison.Ordinal) && answer.Contains("nothing here")
        );
        Output.WriteLine($"Six answers after {watch.Elapsed.TotalSeconds:F1} s; each body would have taken 40 s.");
        using var health = await gateway.Client.GetAsync("/health", Cancellation);
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
        web.Answer = context => context.Response.WriteAsync("well", context.RequestAborted);
        (await gateway.AskAsync(1, "/index.html")).ShouldBe(["web"]);
    }

    [Fact]
    public async Task A_replica_that_reads_no_more_while_the_client_sends_fast_is_heard()
    {
        await using var refusing = new RawBackend(
            async (_, connection) =>
            {
                await connection.SendAsync(NotFound);
                await connection.HangAsync();
            }
        )
        {
            SkipsBodies = true,
        };
        await using var gateway = await TestGateway.StartAsync(refusing.Url);

        // Far more than the buffers on the way hold.
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Url.Host, gateway.Url.Port, Cancellation);
        var answer = ReadAnswerAsync(client.GetStream());
        try
        {
            await client
                .GetStream()
                .WriteAsync(
                    "POST /api/nope HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n"u8.ToArray(),
                    Cancellation
                );
            await client.GetStream().WriteAsync(new byte[20_000_000], Cancellation);
        }
        catch (IOException)
        {
            // The gateway has answered, and reads no more either.
        }

        (await answer).ShouldStartWith("HTTP/1.1 404");
        (await answer).ShouldEndWith("nope");
        (await gateway.StatusAsync()).Replicas[0].Failures.ShouldBe(0);
    }

    [Fact]
    public async Task A_connection_on_which_a_request_was_refused_half_way_gets_no_other_request()
    {
        await using var refusing = new RawBackend((_, connection) => connection.SendAsync(NotFound))
        {
            SkipsBodies = true,
        };
        await using var gateway = await TestGateway.StartAsync(refusing.Url);

        for (var i = 0; i < 5; i++)
        {
            (await UploadSlowlyAsync(gateway.Url, chunked: i % 2 == 0)).ShouldStartWith("HTTP/1.1 404");
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        refusing
            .Requests.Select(request => request.Method)
            .ShouldBe(["POST", "GET", "POST", "GET", "POST", "GET", "POST", "GET", "POST", "GET"]);
        (await gateway.StatusAsync()).Replicas[0].Failures.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_whose_body_was_refused_half_way_can_use_its_connection_again(bool chunked)
    {
        await using var refusing = new RawBackend((_, connection) => connection.SendAsync(NotFound))
        {
            SkipsBodies = true,
        };
        await using var gateway = await TestGateway.StartAsync(refusing.Url);
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Url.Host, gateway.Url.Port, Cancellation);
        var stream = client.GetStream();
        var (framing, half, end) = chunked
            ? ("Transfer-Encoding: chunked", "a\r\n0123456789\r\n", "0\r\n\r\n")
            : ("Content-Length: 20", "0123456789", "");

        for (var i = 0; i < 3; i++)
        {
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"POST /api/nope HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n{half}"),
                Cancellation
            );
            (await ReadAnswerAsync(stream)).ShouldStartWith("HTTP/1.1 404");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(half + end), Cancellation);
        }
    }

    [Fact]
    public async Task A_replica_that_answers_well_while_it_reads_gets_the_whole_body()
    {
        byte[]? received = null;
        await using var duplex = new RawBackend(
            async (request, connection) =>
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
                received = await connection.ReadBodyAsync(request.Head);
                await connection.SendAsync("ok");
            }
        )
        {
            SkipsBodies = true,
        };
        await using var gateway = await TestGateway.StartAsync(duplex.Url);
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Url.Host, gateway.Url.Port, Cancellation);
        var stream = client.GetStream();

        await stream.WriteAsync(
            "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n0123456789"u8.ToArray(),
            Cancellation
        );
        await Eventually.Async(() => !duplex.Requests.IsEmpty, "the replica has the head");
        await stream.WriteAsync("abcdefghij"u8.ToArray(), Cancellation);
        var answer = new byte[12];
        await stream.ReadExactlyAsync(answer, Cancellation);

        Encoding.ASCII.GetString(answer).ShouldBe("HTTP/1.1 200");
        Encoding.ASCII.GetString(received.ShouldNotBeNull()).ShouldBe("0123456789abcdefghij");
    }

    [Fact]
    public async Task A_client_that_stops_sending_takes_no_replica_out()
    {
        await using var backend = await Backend.StartAsync(
            "api-1",
            started =>
                started.Answer = async context =>
                {
                    await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                    await context.Response.WriteAsync("ok", context.RequestAborted);
                }
        );
        await using var other = await Backend.StartAsync("api-2", started => started.Answer = backend.Answer);
        await using var gateway = await TestGateway.StartAsync(
            [backend, other],
            ("Gateway:Health:Passive:FailureThreshold", "1"),
            ("Gateway:Limits:MinRequestBodyRate", "0"),
            ("Gateway:Limits:ActivityTimeout", "00:00:00.300")
        );

        foreach (var method in new[] { "POST", "PUT" })
        {
            var answer = await RawClient.SendAsync(
                gateway.Url,
                $"{method} /api/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome",
                TimeSpan.FromSeconds(3)
            );
            RawClient.StatusCodes(answer).First().ShouldBe(408);
            answer.ShouldNotContain("X-Softy-Retries", customMessage: "it is sent to no other replica");
        }

        (await gateway.StatusAsync()).Replicas.ShouldAllBe(replica =>
            replica.Health == "healthy" && replica.Failures == 0
        );
    }

    /// <summary>Sends 500 bytes of 100,000 every 200 ms, until there is an answer.</summary>
    private static async Task<string> UploadSlowlyAsync(Uri gateway, bool chunked)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Host, gateway.Port, Cancellation);
        var stream = client.GetStream();
        var framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: 100000";
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /nope HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n"),
            Cancellation
        );

        var answer = ReadAnswerAsync(stream);
        var part = Encoding.ASCII.GetBytes(chunked ? $"1f4\r\n{new string('x', 500)}\r\n" : new string('x', 500));
        for (var i = 0; i < 200 && !answer.IsCompleted; i++)
        {
            await stream.WriteAsync(part, Cancellation);
            await Task.WhenAny(answer, Task.Delay(200, Cancellation));
        }

        answer.IsCompleted.ShouldBeTrue("the answer has waited for the whole body");
        return await answer;
    }

    private static async Task<string> ReadAnswerAsync(NetworkStream stream)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (!HasBody(answer.ToString()))
        {
            var count = await stream.ReadAsync(buffer, Cancellation);
            if (count == 0)
            {
                break;
            }

            answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return answer.ToString();

        static bool HasBody(string answer) =>
            answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var end && end + 4 < answer.Length;
    }
}
