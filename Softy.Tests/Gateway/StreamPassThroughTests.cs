using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Streams pass the gateway without being buffered: events, WebSockets, HTTP/2 and large bodies.</summary>
[Collection(GatewayCollection.Name)]
public sealed class StreamPassThroughTests
{
    [Fact]
    public async Task Events_arrive_as_they_are_sent()
    {
        var next = new SemaphoreSlim(0);
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
                backend.Answer = async context =>
                {
                    context.Response.ContentType = "text/event-stream";
                    for (var i = 0; ; i++)
                    {
                        await context.Response.WriteAsync($"data: {i}\n\n", context.RequestAborted);
                        await context.Response.Body.FlushAsync(context.RequestAborted);
                        await next.WaitAsync(context.RequestAborted);
                    }
                }
        );
        await using var gateway = await TestGateway.StartAsync(backends);

        await using var stream = await gateway.Client.GetStreamAsync("/api/live", Cancellation);
        using var reader = new StreamReader(stream);
        for (var i = 0; i < 10; i++)
        {
            // The replica sends the next event only after the client has read this one.
            (await reader.ReadLineAsync(Cancellation)).ShouldBe($"data: {i}");
            await reader.ReadLineAsync(Cancellation);
            next.Release();
        }
    }

    [Fact]
    public async Task WebSockets_echo()
    {
        await using var backends = await Backend.StartSeveralAsync(2, backend => backend.AcceptsWebSockets = true);
        await using var gateway = await TestGateway.StartAsync(backends);
        using var socket = await gateway.ConnectWebSocketAsync();

        foreach (var size in new[] { 0, 1, 125, 126, 65_000 })
        {
            var sent = new byte[size];
            Random.Shared.NextBytes(sent);
            await socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, Cancellation);
            var received = new MemoryStream();
            var buffer = new byte[100_000];
            ValueWebSocketReceiveResult result;
            do
            {
                result = await socket.ReceiveAsync(buffer.AsMemory(), Cancellation);
                received.Write(buffer, 0, result.Count);
            } while (!result.EndOfMessage);
            received.ToArray().ShouldBe(sent);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Cancellation);
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
    }

    [Fact]
    public async Task HTTP_2_from_the_client_passes_with_bodies_and_trailers()
    {
        await using var backend = new RawBackend(
            (request, connection) =>
                connection.SendAsync(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                        + $"{request.Body.Length:x}\r\n{request.Text}\r\n0\r\nX-Sum: 42\r\n\r\n"
                )
        );
        // Clients negotiate HTTP/2 only over TLS. Without TLS, an endpoint must speak HTTP/2 and nothing else.
        await using var gateway = await TestGateway.StartAsync(
            backend.Url,
            ("Kestrel:Endpoints:A:Url", "http://127.0.0.1:0"),
            ("Kestrel:Endpoints:A:Protocols", "Http2"),
            ("Kestrel:Endpoints:B:Url", "http://127.0.0.1:0")
        );
        using var client = new HttpClient
        {
            BaseAddress = gateway.Addresses.Single(address => address != gateway.Url),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        var responses = await Task.WhenAll(
            Enumerable
                .Range(0, 30)
                .Select(async i =>
                {
                    var response = await client.PostAsync("/api/echo", new StringContent($"body {i}"), Cancellation);
                    (await response.Content.ReadAsStringAsync(Cancellation)).ShouldBe($"body {i}");
                    return response;
                })
        );

        responses.ShouldAllBe(response =>
            response.Version == HttpVersion.Version20 && response.StatusCode == HttpStatusCode.OK
        );
        responses.ShouldAllBe(response => response.TrailingHeaders.GetValues("X-Sum").Single() == "42");
    }

    [Fact]
    public async Task A_gibibyte_streams_up_and_down_in_constant_memory()
    {
        const long Size = 1L << 30;
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.Answer = StreamAsync);
        await using var gateway = await GatewayProcess.StartAsync(backends, ("Gateway:Limits:MaxRequestBodySize", "0"));
        await gateway.AskAsync(3, "/api/warm-up");
        var before = gateway.PeakMemory();

        using var down = await gateway.Client.GetAsync(
            $"/api/down/{Size}",
            HttpCompletionOption.ResponseHeadersRead,
            Cancellation
        );
        await using var stream = await down.Content.ReadAsStreamAsync(Cancellation);
        (await CountAsync(stream)).ShouldBe(Size);

        using var up = await gateway.Client.PostAsync("/api/up", new ZeroContent(Size), Cancellation);
        (await up.Content.ReadAsStringAsync(Cancellation)).ShouldBe($"{Size}");

        var grown = (gateway.PeakMemory() - before) / 1024 / 1024;
        Output.WriteLine(
            $"The gateway's peak memory grew by {grown} MiB, to {gateway.PeakMemory() / 1024 / 1024} MiB."
        );
        grown.ShouldBeLessThan(150);

        static async Task StreamAsync(HttpContext context)
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                await context.Response.WriteAsync($"{await CountAsync(context.Request.Body)}", context.RequestAborted);
            }
            else if (context.Request.Path.StartsWithSegments("/api/down", StringComparison.Ordinal, out var size))
            {
                context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
                await new ZeroContent(
                    long.Parse(size.Value![1..], System.Globalization.CultureInfo.InvariantCulture)
                ).CopyToAsync(context.Response.Body, context.RequestAborted);
            }
        }
    }

    private static async Task<long> CountAsync(Stream stream)
    {
        var buffer = new byte[256 * 1024];
        long total = 0;
        int count;
        while ((count = await stream.ReadAsync(buffer, Cancellation)) > 0)
        {
            total += count;
        }

        return total;
    }

    private sealed class ZeroContent(long size) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var buffer = new byte[256 * 1024];
            for (var left = size; left > 0; left -= buffer.Length)
            {
                await stream.WriteAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = size;
            return true;
        }
    }
}
