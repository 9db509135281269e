using System.Globalization;
using System.Net;
using Softy.Tests.Gateway;
using Softy.Tests.Gateway.Support;
using Softy.Tests.Reliability;
using static Softy.Tests.Hostile.Http2Connection;

namespace Softy.Tests.Hostile;

/// <summary>
/// Broken HTTP/2, with and without TLS: the gateway rejects it, never forwards it, and keeps serving others.
/// </summary>
[Collection(GatewayCollection.Name)]
public sealed class Http2Tests
{
    private const int CleartextPort = 8081;

    private static readonly (string, string)[] _good =
    [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "x"),
        (":path", "/api/bad"),
    ];

    // What could become another request in HTTP/1.1. That frames are well-formed is for Kestrel to check; some of those
    // that it has to refuse are among the floods and the random frames.
    private static readonly Dictionary<string, byte[]> _refused = new(StringComparer.Ordinal)
    {
        ["another preface"] = [.. "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"u8],
        ["HTTP/1.1"] = [.. "GET /api/bad HTTP/1.1\r\nHost: x\r\n\r\n"u8],
        ["no path"] = [.. Preface, .. Request((":method", "GET"), (":scheme", "http"), (":authority", "x"))],
        ["an empty path"] =
        [
            .. Preface,
            .. Request((":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "")),
        ],
        ["two paths"] = [.. Preface, .. Request([.. _good, (":path", "/api/other")])],
        ["a pseudo-header after others"] =
        [
            .. Preface,
            .. Request((":method", "GET"), (":scheme", "http"), ("a", "b"), (":path", "/api/bad")),
        ],
        ["a line end in a value"] = [.. Preface, .. Request([.. _good, ("x-a", "b\r\nx-injected: c")])],
        ["a null in a value"] = [.. Preface, .. Request([.. _good, ("x-a", "b\0c")])],
        ["a line end in the path"] =
        [
            .. Preface,
            .. Request(
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "x"),
                (":path", "/api/bad HTTP/1.1\r\nHost: x\r\n\r\nGET /api/smuggled")
            ),
        ],
        ["a line end in the method"] =
        [
            .. Preface,
            .. Request(
                (":method", "GET /api/smuggled HTTP/1.1\r\n\r\nGET"),
                (":scheme", "http"),
                (":authority", "x"),
                (":path", "/api/bad")
            ),
        ],
        ["connection"] = [.. Preface, .. Request([.. _good, ("connection", "close")])],
        ["te that is not trailers"] = [.. Preface, .. Request([.. _good, ("te", "gzip")])],
        ["less than the length says"] =
        [
            .. Preface,
            .. Frame(Headers, EndHeaders, 1, Encode([(":method", "POST"), .. _good[1..], ("content-length", "5")])),
            .. Frame(Data, EndStream, 1, "hell"u8),
        ],
        ["more than the length says"] =
        [
            .. Preface,
            .. Frame(Headers, EndHeaders, 1, Encode([(":method", "POST"), .. _good[1..], ("content-length", "5")])),
            .. Frame(Data, EndStream, 1, "helloo"u8),
        ],
    };

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Broken_frames_are_refused_and_nothing_of_them_is_forwarded(string scheme)
    {
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(certificates, backend);
        using var client = CreateClient(gateway);

        var taken = new List<string>();
        foreach (var (what, bytes) in _refused.Concat(Http2Floods.All))
        {
            try
            {
                await SendUntilRefusedAsync(Http2Address(gateway, scheme), bytes);
            }
            catch (TimeoutException exception)
            {
                taken.Add($"{what}: {exception.Message}");
            }

            taken.AddRange(backend.Requests.Select(request => $"{what}: forwarded {request.RequestLine}"));
            (await client.GetStringAsync("/api/good", Cancellation)).ShouldBe("ok", what);
            backend.Requests.Clear();
        }

        taken.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("x-a\r\nx-injected")]
    [InlineData("transfer-encoding")]
    public async Task A_header_with_another_meaning_in_HTTP_1_is_dropped(string name)
    {
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(certificates, backend);

        // Kestrel accepts such a name.
        await SendUntilRefusedAsync(
            Http2Address(gateway),
            [.. Preface, .. Request([.. _good, (name, "chunked")]), .. Frame(Data, 0, 0, "the end"u8)]
        );

        backend.Requests.ShouldAllBe(request => !request.Head.Contains("chunked", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Random_frames_never_bring_the_gateway_down()
    {
        var count = Scale.Of(300, 5_000);
        var random = new Random(Scale.Seed);
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(certificates, backend);
        using var client = CreateClient(gateway);

        // Every other connection uses TLS.
        var connections = Enumerable
            .Range(0, count)
            .Select(index => (Scheme: index % 2 == 0 ? "http" : "https", Bytes: RandomBytes(random)))
            .ToArray();
        await Parallel.ForEachAsync(
            connections,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation },
            async (connection, _) =>
                await SendUntilRefusedAsync(Http2Address(gateway, connection.Scheme), connection.Bytes)
        );

        (await client.GetStringAsync("/api/good", Cancellation)).ShouldBe("ok");
        backend.Requests.ShouldAllBe(request => request.Target == "/api/bad" || request.Target == "/api/good");

        var report = new Report("http2", "what", "times, all refused");
        report.Row("broken in a known way, without TLS and with it", 2 * (_refused.Count + Http2Floods.All.Count));
        report.Row(
            "connections of 1 to 20 random frames, half of them with TLS",
            count.ToString(CultureInfo.InvariantCulture)
        );
        report.Note($"Seed {Scale.Seed}.");
        report.Write();
    }

    /// <summary>Frames of random types, flags and contents, followed by one that is always refused.</summary>
    private static byte[] RandomBytes(Random random)
    {
        var bytes = new List<byte>(Preface);
        for (var frames = random.Next(1, 20); frames > 0; frames--)
        {
            var payload = new byte[random.Next(64)];
            random.NextBytes(payload);
            bytes.AddRange(
                random.Next(4) == 0
                    ? Request(_good)
                    : Frame((byte)random.Next(12), (byte)random.Next(256), random.Next(8), payload)
            );
        }

        bytes.AddRange(Frame(Data, 0, 0, "the end"u8));
        return [.. bytes];
    }

    private static byte[] Request(params (string, string)[] headers) =>
        Frame(Headers, EndStream | EndHeaders, 1, Encode(headers));

    private static Uri Http2Address(IGateway gateway, string scheme = "http") =>
        scheme == "https" ? gateway.TlsUrl() : new UriBuilder("http", gateway.Url.Host, CleartextPort).Uri;

    private static HttpClient CreateClient(IGateway gateway) =>
        new()
        {
            BaseAddress = Http2Address(gateway),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private static Task<IGateway> StartAsync(CertificateFolder certificates, RawBackend backend)
    {
        certificates.WritePem("server", ["a.example"]);
        return TestGateway.StartAsync(
            backend.Url,
            [
                .. OwnAddress.WithTls(certificates.Path("server.pem"), certificates.Path("server.key")),
                ("Gateway:Http2Cleartext:Port", $"{CleartextPort}"),
                // Kestrel sometimes keeps a connection without streams that it has ended, until the server stops.
                ("Draining:Timeout", "00:00:01"),
            ]
        );
    }
}
