using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The client's address passes a TCP load balancer, and nobody else can forge it.</summary>
public sealed class ProxyProtocolTests
{
    private const string Balancer = "127.0.0.2";

    private static readonly byte[] _request =
    [
        .. "GET /api/hello HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"u8,
    ];

    private static readonly byte[] _signature = [.. "\r\n\r\n\0\r\nQUIT\n"u8];

    private static readonly Dictionary<string, (byte[] Header, string Client)> _good = new(StringComparer.Ordinal)
    {
        ["v1, IPv4"] = ([.. "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n"u8], "203.0.113.7"),
        ["v1, IPv6"] = ([.. "PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n"u8], "2001:db8::7"),
        ["v1, unknown"] = ([.. "PROXY UNKNOWN\r\n"u8], Balancer),
        ["v1, unknown with more"] = ([.. "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"u8], Balancer),
        ["v2, IPv4"] = (
            [.. _signature, 0x21, 0x11, 0, 12, 203, 0, 113, 7, 192, 0, 2, 1, 0xdc, 4, 1, 0xbb],
            "203.0.113.7"
        ),
        ["v2, IPv4 with more"] = (
            [.. _signature, 0x21, 0x11, 0, 16, 203, 0, 113, 7, 192, 0, 2, 1, 0xdc, 4, 1, 0xbb, 4, 0, 1, 0],
            "203.0.113.7"
        ),
        ["v2, IPv6"] = (
            [
                .. _signature,
                0x21,
                0x21,
                0,
                36,
                .. IPAddress.Parse("2001:db8::7").GetAddressBytes(),
                .. IPAddress.Parse("2001:db8::1").GetAddressBytes(),
                0xdc,
                4,
                1,
                0xbb,
            ],
            "2001:db8::7"
        ),
        ["v2, the balancer itself"] = ([.. _signature, 0x20, 0, 0, 0], Balancer),
        ["v2, a family without addresses"] = ([.. _signature, 0x21, 0, 0, 0], Balancer),
    };

    private static readonly Dictionary<string, byte[]> _bad = new(StringComparer.Ordinal)
    {
        ["no header"] = [],
        ["another protocol"] = [.. "PROXY UDP4 203.0.113.7 192.0.2.1 1 2\r\n"u8],
        ["a short form of an address"] = [.. "PROXY TCP4 203.7 192.0.2.1 56324 443\r\n"u8],
        ["an address of the other family"] = [.. "PROXY TCP4 2001:db8::7 192.0.2.1 56324 443\r\n"u8],
        ["a port that is none"] = [.. "PROXY TCP4 203.0.113.7 192.0.2.1 65536 443\r\n"u8],
        ["a field too many"] = [.. "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443 1\r\n"u8],
        ["a line without end"] = [.. Encoding.ASCII.GetBytes($"PROXY UNKNOWN {new string('a', 200)}")],
        ["another version"] = [.. _signature, 0x31, 0x11, 0, 12, .. new byte[12]],
        ["another command"] = [.. _signature, 0x22, 0x11, 0, 12, .. new byte[12]],
        ["too short for its addresses"] = [.. _signature, 0x21, 0x11, 0, 4, 203, 0, 113, 7],
    };

    public static TheoryData<string> Good { get; } = [.. _good.Keys];

    public static TheoryData<string> Bad { get; } = [.. _bad.Keys];

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_trusted_balancer_says_who_the_client_is(string what)
    {
        var (header, client) = _good[what];
        await using var run = new Run();
        await using var gateway = await run.StartAsync();

        // The header is sent in one piece, and then byte by byte.
        (await SendAsync(gateway.Url, Balancer, [.. header, .. _request])).ShouldStartWith("HTTP/1.1 200");
        (await SendAsync(gateway.Url, Balancer, header, _request)).ShouldStartWith("HTTP/1.1 200");

        run.Backend.Requests.Count.ShouldBe(2);
        run.Backend.Requests.ShouldAllBe(request => request.Header("X-Real-IP").Single() == client);
        run.Backend.Requests.ShouldAllBe(request => request.Header("X-Forwarded-For").Single() == client);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Without_a_good_header_a_trusted_balancer_is_refused(string what)
    {
        await using var run = new Run();
        await using var gateway = await run.StartAsync();

        (await SendAsync(gateway.Url, Balancer, [.. _bad[what], .. _request])).ShouldBeEmpty();

        run.Backend.Requests.ShouldBeEmpty();
        await Eventually.Async(
            () => run.Log.With("because it has no PROXY header").Count == 1,
            "the refusal is logged"
        );
    }

    [Fact]
    public async Task Nobody_else_can_say_who_the_client_is()
    {
        await using var run = new Run();
        await using var gateway = await run.StartAsync();
        var (header, _) = _good["v1, IPv4"];

        (await SendAsync(gateway.Url, "127.0.0.3", [.. header, .. _request])).ShouldStartWith("HTTP/1.1 400");
        // The balancer is not trusted any more.
        gateway.Change(("Gateway:ProxyProtocol:TrustedSources:0", "192.0.2.1"));
        (await SendAsync(gateway.Url, Balancer, [.. header, .. _request])).ShouldStartWith("HTTP/1.1 400");
        (await SendAsync(gateway.Url, Balancer, _request)).ShouldStartWith("HTTP/1.1 200");

        run.Backend.Requests.Single().Header("X-Real-IP").ShouldBe([Balancer]);
    }

    [Fact]
    public async Task The_header_comes_before_the_TLS_handshake()
    {
        await using var run = new Run();
        using var certificates = new CertificateFolder();
        certificates.WritePem("server", ["a.example"]);
        await using var gateway = await run.StartAsync(
            OwnAddress.WithTls(certificates.Path("server.pem"), certificates.Path("server.key"))
        );
        using var socket = await ConnectAsync(gateway.TlsUrl(), Balancer);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(_good["v2, IPv4"].Header, Cancellation);
        await using var tls = new SslStream(
            stream,
            leaveInnerStreamOpen: true,
            (_, server, _, _) => CertificateFolder.IsMadeUp(server)
        );
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "a.example" },
            Cancellation
        );

        await tls.WriteAsync(_request, Cancellation);
        (await ReadAsync(tls)).ShouldStartWith("HTTP/1.1 200");

        var request = run.Backend.Requests.Single();
        request.Header("X-Real-IP").ShouldBe(["203.0.113.7"]);
        request.Header("X-Forwarded-Proto").ShouldBe(["https"]);
    }

    /// <summary>
    /// Sends bytes from an address, and reads the answer. If there are more bytes, the first are sent one by one.
    /// </summary>
    private static async Task<string> SendAsync(Uri gateway, string from, byte[] bytes, byte[]? more = null)
    {
        using var socket = await ConnectAsync(gateway, from);
        await using var stream = new NetworkStream(socket);
        if (more is not null)
        {
            foreach (var one in bytes)
            {
                await stream.WriteAsync((byte[])[one], Cancellation);
            }
        }

        await stream.WriteAsync(more ?? bytes, Cancellation);
        return await ReadAsync(stream);
    }

    private static async Task<Socket> ConnectAsync(Uri gateway, string from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Parse(gateway.Host), gateway.Port, Cancellation);
        return socket;
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, Cancellation);
        }
        catch (IOException)
        {
            // The connection was reset: the answer is what was received before.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>A gateway behind a load balancer.</summary>
    private sealed class Run : IAsyncDisposable
    {
        public RawBackend Backend { get; } = new();

        public LogRecorder Log { get; } = new();

        public Task<InProcessGateway> StartAsync(params (string Key, string Value)[] settings) =>
            InProcessGateway.StartAsync(
                [Backend.Url],
                [("Gateway:ProxyProtocol:TrustedSources:0", Balancer), .. settings],
                services => services.AddSingleton<ILoggerProvider>(Log)
            );

        public async ValueTask DisposeAsync()
        {
            Log.Dispose();
            await Backend.DisposeAsync();
        }
    }
}
