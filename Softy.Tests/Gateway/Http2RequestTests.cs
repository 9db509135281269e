using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Softy.Tests.Gateway.Support;
using Softy.Tests.Hostile;

namespace Softy.Tests.Gateway;

/// <summary>The gateway translates requests from HTTP/2 to HTTP/1.1, which the replicas speak.</summary>
[Collection(GatewayCollection.Name)]
public sealed class Http2RequestTests
{
    private const int Port = 8081;

    private static readonly (string, string)[] _get =
    [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a.example"),
        (":path", "/api/hello"),
    ];

    private static readonly (string, string)[] _connect =
    [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "http"),
        (":authority", "a.example"),
        (":path", "/api/live"),
        ("sec-websocket-version", "13"),
    ];

    [Fact]
    public async Task Several_cookie_fields_arrive_as_one()
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);

        (
            await Http2Connection.AskAsync(
                Http2Url(gateway),
                [.. _get, ("cookie", "a=1"), ("x", "y"), ("cookie", "b=2")]
            )
        ).ShouldBe(200);

        backend.Requests.Single().Header("Cookie").ShouldBe(["a=1; b=2"]);
    }

    [Fact]
    public async Task Affinity_holds_whichever_field_has_the_cookie()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            [.. Settings(), ("Gateway:Affinity:Enabled", "true"), ("Gateway:Affinity:Cookie", "stay")]
        );
        using var handler = new SocketsHttpHandler { UseCookies = false };
        using var client = new HttpClient(handler) { BaseAddress = gateway.Url };
        using var first = await client.GetAsync("/api/hello", Cancellation);
        var cookie = first.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        for (var i = 0; i < 4; i++)
        {
            (
                await Http2Connection.AskAsync(
                    Http2Url(gateway),
                    [.. _get, ("cookie", "a=1"), ("cookie", cookie), ("cookie", "b=2")]
                )
            ).ShouldBe(200);
        }

        var chosen = backends.Single(backend => backend.Name == first.Instance());
        chosen.Requests.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_replica_receives_one_host_when_a_client_sends_two()
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);

        (await Http2Connection.AskAsync(Http2Url(gateway), [.. _get, ("host", "b.example")])).ShouldBe(200);

        var request = backend.Requests.Single();
        request.Header("Host").ShouldBe(["a.example"]);
        request.Header("X-Forwarded-Host").ShouldBe(["a.example"]);
        request.Head.ShouldNotContain("b.example");
    }

    [Fact]
    public async Task A_WebSocket_over_HTTP_2_echoes()
    {
        await using var backends = await Backend.StartSeveralAsync(1, backend => backend.AcceptsWebSockets = true);
        await using var gateway = await TestGateway.StartAsync(backends, Settings());
        using var handler = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(
            new UriBuilder(Http2Url(gateway)) { Scheme = "ws", Path = "/api/live" }.Uri,
            invoker,
            Cancellation
        );

        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, Cancellation);

        Encoding.UTF8.GetString(buffer, 0, received.Count).ShouldBe("hello");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
        backends[0].Requests.ShouldBe(["GET /api/live"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==")]
    public async Task A_WebSocket_handshake_over_HTTP_2_has_one_key_for_the_replica(string? key)
    {
        await using var backend = new RawBackend(AcceptAsync);
        await using var gateway = await StartAsync(backend);

        var asking = Http2Connection.AskAsync(
            Http2Url(gateway),
            [.. _connect, .. key is null ? [] : new[] { ("sec-websocket-key", key) }]
        );

        (await asking).ShouldBe(200);
        var request = backend.Requests.Single();
        request.RequestLine.ShouldBe("GET /api/live HTTP/1.1");
        request.Header("Upgrade").ShouldBe(["websocket"]);
        request.Header("Connection").ShouldBe(["Upgrade"]);
        Convert.FromBase64String(request.Header("Sec-WebSocket-Key").ShouldHaveSingleItem()).Length.ShouldBe(16);

        // Accepts the WebSocket, and closes it.
        static async Task AcceptAsync(RawRequest request, RawConnection connection)
        {
            await connection.SendAsync(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + $"Sec-WebSocket-Accept: {Accept(request.Header("Sec-WebSocket-Key")[0])}\r\n\r\n"
            );
            connection.Close();
        }
    }

    [Theory]
    [InlineData("short")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==x")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==")]
    public async Task An_invalid_WebSocket_key_is_refused(string key)
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);

        (await Http2Connection.AskAsync(Http2Url(gateway), [.. _connect, ("sec-websocket-key", key)])).ShouldBe(400);

        backend.Requests.ShouldBeEmpty();
    }

    // RFC 6455 requires SHA-1 in the handshake, where it protects nothing.
#pragma warning disable CA5350
    private static string Accept(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes($"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350

    private static (string Key, string Value)[] Settings() =>
        [("urls", $"http://{OwnAddress.Next()}:0"), ("Gateway:Http2Cleartext:Port", $"{Port}")];

    private static Uri Http2Url(IGateway gateway) => new UriBuilder("http", gateway.Url.Host, Port).Uri;

    private static Task<IGateway> StartAsync(RawBackend backend) => TestGateway.StartAsync(backend.Url, Settings());
}
