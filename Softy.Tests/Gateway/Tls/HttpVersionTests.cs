using System.Net;
using System.Net.Quic;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway.Tls;

/// <summary>The versions of HTTP that the gateway speaks on each endpoint.</summary>
[Collection(GatewayCollection.Name)]
public sealed class HttpVersionTests
{
    private const int CleartextPort = 8081;
    private const string Host = "a.example";

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Over_TLS_the_client_chooses_the_version(string version)
    {
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(certificates, backend);
        using var client = certificates.CreateClient(gateway.TlsUrl(), Host);
        client.DefaultRequestVersion = Version.Parse(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var response = await client.GetAsync("/api/hello", Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Version.ShouldBe(Version.Parse(version));
        backend.Requests.Single().RequestLine.ShouldBe("GET /api/hello HTTP/1.1");
    }

    [Fact]
    public async Task Round_robin_is_exact_over_one_connection_with_a_hundred_streams()
    {
        using var certificates = new CertificateFolder();
        certificates.WritePem("server", [Host]);
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            OwnAddress.WithTls(certificates.Path("server.pem"), certificates.Path("server.key"))
        );
        var connections = 0;
        using var client = certificates.CreateClient(
            gateway.TlsUrl(),
            Host,
            handler =>
                handler.PlaintextStreamFilter = (context, _) =>
                {
                    Interlocked.Increment(ref connections);
                    return ValueTask.FromResult(context.PlaintextStream);
                }
        );
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        // The first request opens the connection.
        (await client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("Hello, World!");

        var responses = await Task.WhenAll(
            Enumerable.Range(0, 300).Select(_ => client.GetAsync("/api/hello", Cancellation))
        );

        connections.ShouldBe(1);
        responses.ShouldAllBe(response => response.IsSuccessStatusCode);
        responses.CountBy(response => response.Instance()).Select(count => count.Value).ShouldBe([100, 100, 100]);
    }

    [Fact]
    public async Task HTTP_2_without_TLS_has_a_separate_port()
    {
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(
            certificates,
            backend,
            ("Gateway:Http2Cleartext:Port", $"{CleartextPort}")
        );
        using var client = new HttpClient
        {
            BaseAddress = new UriBuilder("http", gateway.Url.Host, CleartextPort).Uri,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await client.GetAsync("/api/hello", Cancellation);

        response.Version.ShouldBe(HttpVersion.Version20);
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldBe("ok");
        backend.Requests.Single().Header("X-Forwarded-Proto").ShouldBe(["http"]);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("false", false)]
    public async Task HTTP_3_is_spoken_and_announced_where_the_platform_has_QUIC(string? setting, bool isWanted)
    {
        using var certificates = new CertificateFolder();
        using var log = new LogRecorder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(
            certificates,
            backend,
            log,
            ("Gateway:Tls:Http3", setting ?? "true"),
            ("Gateway:Tls:PublicPort", "443")
        );
        using var client = certificates.CreateClient(gateway.TlsUrl(), Host);

        using var response = await client.GetAsync("/api/hello", Cancellation);

        // Not every machine has QUIC, so each tests one of the two cases.
        var isSpoken = isWanted && QuicListener.IsSupported;
        response.Headers.TryGetValues("Alt-Svc", out var announced).ShouldBe(isSpoken);
        (announced ?? []).ShouldBe(isSpoken ? ["h3=\":443\"; ma=86400"] : []);
        log.With("HTTP/3 is disabled").Count.ShouldBe(isWanted && !QuicListener.IsSupported ? 1 : 0);
        if (isSpoken)
        {
            // A QUIC client connects to the host of the URL. Here this is an address, which the certificate does not
            // contain.
            using var quic = certificates.CreateClient(
                gateway.TlsUrl(),
                gateway.TlsUrl().Host,
                handler =>
                    handler.SslOptions.RemoteCertificateValidationCallback = (_, server, _, _) =>
                        CertificateFolder.IsMadeUp(server)
            );
            quic.DefaultRequestVersion = HttpVersion.Version30;
            quic.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            (await quic.GetStringAsync("/api/hello", Cancellation)).ShouldBe("ok");
        }
    }

    private static Task<InProcessGateway> StartAsync(
        CertificateFolder certificates,
        RawBackend backend,
        params (string Key, string Value)[] settings
    ) => StartAsync(certificates, backend, new LogRecorder(), settings);

    private static Task<InProcessGateway> StartAsync(
        CertificateFolder certificates,
        RawBackend backend,
        LogRecorder log,
        params (string Key, string Value)[] settings
    )
    {
        certificates.WritePem("server", [Host]);
        return InProcessGateway.StartAsync(
            [backend.Url],
            [.. OwnAddress.WithTls(certificates.Path("server.pem"), certificates.Path("server.key")), .. settings],
            services => services.AddSingleton<ILoggerProvider>(log)
        );
    }
}
