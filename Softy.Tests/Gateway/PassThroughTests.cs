using System.IO.Compression;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

[Collection(GatewayCollection.Name)]
public sealed class PassThroughTests
{
    [Theory]
    [InlineData("/api/a%2Fb")]
    [InlineData("/api/a%252Fb")]
    [InlineData("/api/%C3%A4%20b+c")]
    [InlineData("/api/a%3Fb%23c")]
    [InlineData("/api/a//b///c")]
    [InlineData("/api/a;v=1/b:c@d!$&'()*,=")]
    [InlineData("/api/file.name..txt/...")]
    [InlineData("/api/%41%42")]
    [InlineData("/api/x?")]
    [InlineData("/api/x?a=1&a=2&b=%20+%2B&c")]
    [InlineData("/api/x?q=%00&p=../../etc&r=a/b?c")]
    [InlineData("/api/x?raw=[]{}|^`\"<>")]
    public async Task The_path_and_the_query_arrive_as_they_were_sent(string target)
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);

        var answer = await SendAsync(
            gateway,
            $"GET {target} HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n"
        );

        RawClient.StatusCodes(answer).ShouldBe([200]);
        backend.Requests.Single().Target.ShouldBe(target);
    }

    [Theory]
    [InlineData("/api/./a", "/api/a")]
    [InlineData("/api/x/../a", "/api/a")]
    [InlineData("/x/../api/a", "/api/a")]
    [InlineData("/api/x/%2e%2e/a", "/api/a")]
    [InlineData("http://example.test/api/a?b=c", "/api/a?b=c")]
    public async Task Paths_with_two_meanings_arrive_in_the_one_that_chose_the_route(string target, string expected)
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);

        var answer = await SendAsync(
            gateway,
            $"GET {target} HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n"
        );

        RawClient.StatusCodes(answer).ShouldBe([200]);
        backend.Requests.Single().Target.ShouldBe(expected);
    }

    [Fact]
    public async Task Headers_and_the_host_arrive_as_they_were_sent()
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);

        await SendAsync(
            gateway,
            "GET /api/hello HTTP/1.1\r\nHost: shop.example:8443\r\nX-Twice: one\r\nX-Twice: two\r\n"
                + "Cookie: a=1; b=2\r\nAccept-Encoding: gzip, br\r\n"
                + "X-Empty:\r\nIf-None-Match: \"x\"\r\nUser-Agent: odd/1 (x; y)\r\nX-Name: J\u00c3\u00bcrgen\r\n"
                + "Connection: X-Hop\r\nX-Hop: mine\r\n\r\n"
                + "GET /api/last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );

        var request = backend.Requests.First();
        request.Header("Host").ShouldBe(["shop.example:8443"]);
        string.Join(", ", request.Header("X-Twice")).ShouldBe("one, two");
        request.Header("Cookie").ShouldBe(["a=1; b=2"]);
        request.Header("Accept-Encoding").ShouldBe(["gzip, br"]);
        request.Header("If-None-Match").ShouldBe(["\"x\""]);
        request.Header("User-Agent").ShouldBe(["odd/1 (x; y)"]);
        request.Header("X-Name").ShouldBe(["J\u00c3\u00bcrgen"]);
        request.Header("X-Hop").ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_kind_of_body_arrives_whole_and_framed_as_it_was()
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);

        await SendAsync(
            gateway,
            "POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
        );
        await SendAsync(
            gateway,
            "POST /api/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                + "3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
        );
        await SendAsync(gateway, "POST /api/c HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await SendAsync(gateway, "GET /api/d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        var requests = backend.Requests.ToArray();
        requests.Select(request => request.Text).ShouldBe(["hello", "hello", "", ""]);
        requests[0].Header("Content-Length").ShouldBe(["5"]);
        requests[1].Header("Transfer-Encoding").ShouldBe(["chunked"]);
        requests[1].Header("Content-Length").ShouldBeEmpty();
        requests[2].Header("Content-Length").ShouldBe(["0"]);
        requests[3].Header("Content-Length").ShouldBeEmpty();
        requests[3].Header("Transfer-Encoding").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_expects_100_continue_gets_it_before_it_sends_its_body()
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) };
        using var client = new HttpClient(handler) { BaseAddress = gateway.Url };

        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/messages")
        {
            Content = new StringContent("hello"),
            Headers = { ExpectContinue = true },
        };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        backend.Requests.Single().Text.ShouldBe("hello");
    }

    [Fact]
    public async Task Responses_without_a_body_stay_without_one()
    {
        await using var backend = new RawBackend(
            (request, connection) =>
                connection.SendAsync(
                    request.Target switch
                    {
                        "/api/204" => "HTTP/1.1 204 No Content\r\n\r\n",
                        "/api/304" => "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
                        _ => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/x\r\n\r\n",
                    }
                )
        );
        await using var gateway = await StartAsync(backend);

        var head = await SendAsync(gateway, "HEAD /api/head HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        head.ShouldContain("Content-Length: 1000");
        head.ShouldContain("Content-Type: text/x");
        head.ShouldEndWith("\r\n\r\n");

        var noContent = await SendAsync(gateway, "GET /api/204 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        RawClient.StatusCodes(noContent).ShouldBe([204]);
        noContent.ShouldEndWith("\r\n\r\n");

        var notModified = await SendAsync(gateway, "GET /api/304 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        RawClient.StatusCodes(notModified).ShouldBe([304]);
        notModified.ShouldContain("ETag: \"x\"");
        notModified.ShouldEndWith("\r\n\r\n");
    }

    [Fact]
    public async Task Response_headers_beyond_ASCII_and_duplicates_arrive_as_they_were_sent()
    {
        await using var backend = new RawBackend(
            (_, connection) =>
                connection.SendAsync(
                    "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX-Name: J\u00c3\u00bcrgen\r\n"
                        + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nok"
                )
        );
        await using var gateway = await StartAsync(backend);

        var answer = await SendAsync(gateway, "GET /api/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        answer.ShouldStartWith("HTTP/1.1 200 Fine\r\n");
        answer.ShouldContain("X-Name: J\u00c3\u00bcrgen\r\n");
        answer.ShouldContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
    }

    [Fact]
    public async Task Compressed_responses_are_not_touched()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(
                Encoding.UTF8.GetBytes(new string('x', 10_000)),
                TestContext.Current.CancellationToken
            );
        }

        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
                backend.Answer = async context =>
                {
                    context.Response.Headers.ContentEncoding = "gzip";
                    await context.Response.Body.WriteAsync(compressed.ToArray(), context.RequestAborted);
                }
        );
        await using var gateway = await InProcessGateway.StartAsync(backends);

        using var response = await gateway.Client.GetAsync("/api/hello", TestContext.Current.CancellationToken);

        response.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBe(
            compressed.ToArray()
        );
    }

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
        await using var gateway = await InProcessGateway.StartAsync(backends);

        await using var stream = await gateway.Client.GetStreamAsync(
            "/api/live",
            TestContext.Current.CancellationToken
        );
        using var reader = new StreamReader(stream);
        for (var i = 0; i < 10; i++)
        {
            // The replica sends nothing more before this event was read.
            (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe($"data: {i}");
            await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            next.Release();
        }
    }

    [Fact]
    public async Task WebSockets_echo()
    {
        await using var backends = await Backend.StartSeveralAsync(2, backend => backend.AcceptsWebSockets = true);
        await using var gateway = await InProcessGateway.StartAsync(backends);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(
            new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/api/echo" }.Uri,
            TestContext.Current.CancellationToken
        );

        foreach (var size in new[] { 0, 1, 125, 126, 65_000 })
        {
            var sent = new byte[size];
            Random.Shared.NextBytes(sent);
            await socket.SendAsync(
                sent,
                WebSocketMessageType.Binary,
                endOfMessage: true,
                TestContext.Current.CancellationToken
            );
            var received = new MemoryStream();
            var buffer = new byte[100_000];
            ValueWebSocketReceiveResult result;
            do
            {
                result = await socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken);
                received.Write(buffer, 0, result.Count);
            } while (!result.EndOfMessage);
            received.ToArray().ShouldBe(sent);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", TestContext.Current.CancellationToken);
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
        await using var gateway = await InProcessGateway.StartAsync(
            [backend.Url.AbsoluteUri],
            backend.Url.AbsoluteUri,
            [
                ("Kestrel:Endpoints:A:Url", "http://127.0.0.1:0"),
                ("Kestrel:Endpoints:A:Protocols", "Http2"),
                ("Kestrel:Endpoints:B:Url", "http://127.0.0.1:0"),
            ]
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
                    var response = await client.PostAsync(
                        "/api/echo",
                        new StringContent($"body {i}"),
                        TestContext.Current.CancellationToken
                    );
                    (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe(
                        $"body {i}"
                    );
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
            TestContext.Current.CancellationToken
        );
        await using var stream = await down.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        (await CountAsync(stream)).ShouldBe(Size);

        using var up = await gateway.Client.PostAsync(
            "/api/up",
            new ZeroContent(Size),
            TestContext.Current.CancellationToken
        );
        (await up.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe($"{Size}");

        var grown = (gateway.PeakMemory() - before) / 1024 / 1024;
        TestContext.Current.TestOutputHelper!.WriteLine(
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
        while ((count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            total += count;
        }

        return total;
    }

    private static Task<InProcessGateway> StartAsync(RawBackend backend) =>
        InProcessGateway.StartAsync([backend.Url.AbsoluteUri], backend.Url.AbsoluteUri, []);

    private static Task<string> SendAsync(InProcessGateway gateway, string request) =>
        RawClient.SendAsync(gateway.Url, request);

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
