using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway.Tls;

/// <summary>An error in the certificates ends the start with one line.</summary>
[Collection(GatewayCollection.Name)]
public sealed class TlsStartTests
{
    [Fact]
    public async Task A_certificate_without_its_key_ends_the_start()
    {
        using var certificates = new CertificateFolder();
        certificates.WritePem("server", ["a.example"]);
        var file = certificates.Path("server.pem");

        (await StartAsync(("File", file))).ShouldBe(
            $"Gateway:Tls:Certificates:0 cannot be used: '{file}' has no private key; name the key's file in Key."
        );
        (await StartAsync(("File", file), ("Key", file))).ShouldBe(
            $"Gateway:Tls:Certificates:0 cannot be used: '{file}' has no private key."
        );
        (await StartAsync(("Key", certificates.Path("server.key")))).ShouldBe(
            "Gateway:Tls:Certificates:0 has a Key and no File; it must name the certificate's file."
        );
    }

    [Fact]
    public async Task Files_that_cannot_be_used_end_the_start()
    {
        using var certificates = new CertificateFolder();
        certificates.WritePem("server", ["a.example"]);
        certificates.WritePem("other", ["a.example"]);
        var (file, missing) = (certificates.Path("server.pem"), certificates.Path("missing"));

        (await StartAsync(("File", missing))).ShouldStartWith(
            $"Gateway:Tls:Certificates:0 cannot be used: '{missing}' cannot be read: "
        );
        (await StartAsync(("File", file), ("Key", certificates.Path("other.key")))).ShouldStartWith(
            $"Gateway:Tls:Certificates:0 cannot be used: '{file}' and its key are not a valid certificate, "
        );
    }

    [Fact]
    public async Task A_wrong_password_ends_the_start_and_is_not_printed()
    {
        const string Wrong = "not-the-one";
        using var certificates = new CertificateFolder();
        certificates.WritePem("server", ["a.example"], encrypted: true);
        certificates.WritePfx("server", "a.example");
        var (pem, key, pfx) = (
            certificates.Path("server.pem"),
            certificates.Path("server.key"),
            certificates.Path("server.pfx")
        );

        (await StartAsync(("File", pem), ("Key", key))).ShouldBe(
            "Gateway:Tls:Certificates:0 cannot be used: "
                + "its key is encrypted; name its password in Password or PasswordFile."
        );
        foreach (
            var error in new[]
            {
                await StartAsync(("File", pem), ("Key", key), ("Password", Wrong)),
                await StartAsync(("File", pfx), ("Password", Wrong)),
                await StartAsync(("File", pfx)),
            }
        )
        {
            error.ShouldContain("or the password is wrong: ");
            error.ShouldNotContain(Wrong);
        }
    }

    /// <summary>Starts a gateway with one certificate, which it must reject.</summary>
    /// <returns>The error.</returns>
    private static Task<string> StartAsync(params (string Key, string Value)[] certificate) =>
        RefusedStart.RunAsync([
            .. certificate.Select(setting => ($"Gateway__Tls__Certificates__0__{setting.Key}", setting.Value)),
        ]);
}
