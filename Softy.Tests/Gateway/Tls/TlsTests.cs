using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway.Tls;

/// <summary>The gateway terminates TLS with certificates from files.</summary>
[Collection(GatewayCollection.Name)]
public sealed class TlsTests
{
    [Theory]
    [InlineData("PEM, key apart")]
    [InlineData("PEM, all in one file")]
    [InlineData("PEM, encrypted key")]
    [InlineData("PFX")]
    public async Task A_request_over_TLS_reaches_a_replica(string kind)
    {
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend, Write(certificates, kind));

        using var client = certificates.CreateClient(gateway.TlsUrl(), "a.example");
        (await client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("ok");
        // The endpoint without TLS still works.
        (await gateway.Client.GetStringAsync("/alive", Cancellation)).ShouldContain("Healthy");

        var request = backend.Requests.Single();
        request.Header("X-Forwarded-Proto").ShouldBe(["https"]);
        request.Header("Host").ShouldBe([$"a.example:{OwnAddress.TlsPort}"]);
    }

    [Fact]
    public async Task Each_name_gets_the_certificate_that_has_it()
    {
        using var certificates = new CertificateFolder();
        var first = certificates.WritePem("first", ["a.example"]).SerialNumber;
        var wildcard = certificates.WritePem("wildcard", ["*.b.example"]).SerialNumber;
        var inside = certificates.WritePem("inside", ["inside.b.example", "c.example"]).SerialNumber;
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(
            backend,
            [
                .. OwnAddress.WithTls(certificates.Path("first.pem"), certificates.Path("first.key")),
                ("Gateway:Tls:Certificates:1:File", certificates.Path("wildcard.pem")),
                ("Gateway:Tls:Certificates:1:Key", certificates.Path("wildcard.key")),
                ("Gateway:Tls:Certificates:2:File", ""),
                ("Gateway:Tls:Certificates:3:File", certificates.Path("inside.pem")),
                ("Gateway:Tls:Certificates:3:Key", certificates.Path("inside.key")),
            ]
        );

        (await SerialAsync(gateway, "a.example")).ShouldBe(first);
        (await SerialAsync(gateway, "x.b.example")).ShouldBe(wildcard);
        (await SerialAsync(gateway, "X.B.Example")).ShouldBe(wildcard);
        (await SerialAsync(gateway, "x.y.b.example")).ShouldBe(first);
        (await SerialAsync(gateway, "b.example")).ShouldBe(first);
        (await SerialAsync(gateway, "inside.b.example")).ShouldBe(inside);
        (await SerialAsync(gateway, "c.example")).ShouldBe(inside);
        (await SerialAsync(gateway, "unknown.example")).ShouldBe(first);
        (await SerialAsync(gateway, "")).ShouldBe(first);
    }

    [Theory]
    [InlineData("1.2", SslProtocols.Tls12, true)]
    [InlineData("1.2", SslProtocols.Tls13, true)]
    [InlineData("1.3", SslProtocols.Tls12, false)]
    [InlineData("1.3", SslProtocols.Tls13, true)]
    public async Task TLS_versions_below_the_minimum_are_refused(string oldest, SslProtocols spoken, bool isTaken)
    {
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(
            backend,
            [.. Write(certificates, "PFX"), ("Gateway:Tls:MinVersion", oldest)]
        );

        using var client = certificates.CreateClient(
            gateway.TlsUrl(),
            "a.example",
            handler => handler.SslOptions.EnabledSslProtocols = spoken
        );
        var asking = client.GetAsync("/api/hello", Cancellation);

        if (isTaken)
        {
            using var response = await asking;
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        else
        {
            await Should.ThrowAsync<HttpRequestException>(asking);
        }
    }

    [Fact]
    public async Task Obsolete_versions_and_suites_are_refused()
    {
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend, Write(certificates, "PEM, key apart"));
        const byte Tls10 = 1;
        const byte Tls11 = 2;
        const byte Tls12 = 3;
        // ECDHE with ECDSA, as the certificate needs it: AES-128 with GCM, and AES-128 with CBC and SHA-1.
        const ushort Good = 0xc02b;
        const ushort Sha1 = 0xc009;
        // RC4, 3DES and no encryption with ECDHE and ECDSA; ECDHE without authentication.
        ushort[] weak = [0xc007, 0xc008, 0xc006, 0xc018];

        (await ClientHello.IsAcceptedAsync(gateway.TlsUrl(), Tls12, Good)).ShouldBeTrue();
        (await ClientHello.IsAcceptedAsync(gateway.TlsUrl(), Tls12, [Sha1, .. weak])).ShouldBeFalse();
        (await ClientHello.IsAcceptedAsync(gateway.TlsUrl(), Tls11, [Good, Sha1, .. weak])).ShouldBeFalse();
        (await ClientHello.IsAcceptedAsync(gateway.TlsUrl(), Tls10, [Good, Sha1, .. weak])).ShouldBeFalse();
    }

    [Fact]
    public async Task A_client_resumes_its_session()
    {
        using var certificates = new CertificateFolder();
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend, Write(certificates, "PEM, key apart"));
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "a.example",
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { certificates.Root },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        };

        (await CountHandshakeBytesAsync()).ShouldBeGreaterThan(await CountHandshakeBytesAsync());

        // In a resumed session, the server does not send its certificate, which is most of a handshake.
        async Task<long> CountHandshakeBytesAsync()
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(gateway.TlsUrl().Host, OwnAddress.TlsPort, Cancellation);
            await using var counted = new CountingStream(client.GetStream());
            await using var stream = new SslStream(counted);
            await stream.AuthenticateAsClientAsync(options, Cancellation);
            var handshake = counted.BytesRead;
            await stream.WriteAsync("GET /alive HTTP/1.1\r\nHost: a.example\r\n\r\n"u8.ToArray(), Cancellation);
            (await stream.ReadAsync(new byte[1], Cancellation)).ShouldBe(1);
            return handshake;
        }
    }

    private static async Task<string> SerialAsync(IGateway gateway, string host)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(gateway.TlsUrl().Host, OwnAddress.TlsPort, Cancellation);
        await using var stream = new SslStream(
            client.GetStream(),
            leaveInnerStreamOpen: false,
            (_, server, _, _) => CertificateFolder.IsMadeUp(server)
        );
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, Cancellation);
        return ((X509Certificate2)stream.RemoteCertificate!).SerialNumber;
    }

    private static (string Key, string Value)[] Write(CertificateFolder certificates, string kind)
    {
        switch (kind)
        {
            case "PFX":
                certificates.WritePfx("server", "a.example");
                return
                [
                    .. OwnAddress.WithTls(certificates.Path("server.pfx")),
                    ("Gateway:Tls:Certificates:0:Password", CertificateFolder.KeyPassword),
                ];

            case "PEM, encrypted key":
                certificates.WritePem("server", ["a.example"], encrypted: true);
                certificates.Replace("password", $"{CertificateFolder.KeyPassword}\n");
                return
                [
                    .. OwnAddress.WithTls(certificates.Path("server.pem"), certificates.Path("server.key")),
                    ("Gateway:Tls:Certificates:0:PasswordFile", certificates.Path("password")),
                ];

            case "PEM, all in one file":
                certificates.WritePem("server", ["a.example"]);
                certificates.Replace(
                    "all",
                    string.Concat(
                        File.ReadAllText(certificates.Path("server.pem")),
                        File.ReadAllText(certificates.Path("server.key"))
                    )
                );
                return OwnAddress.WithTls(certificates.Path("all"));

            default:
                certificates.WritePem("server", ["a.example"]);
                return OwnAddress.WithTls(certificates.Path("server.pem"), certificates.Path("server.key"));
        }
    }

    private static Task<IGateway> StartAsync(RawBackend backend, (string Key, string Value)[] settings) =>
        TestGateway.StartAsync(backend.Url, settings);
}
