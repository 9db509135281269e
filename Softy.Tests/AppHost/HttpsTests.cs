using System.Net;
using Softy.Tests.Compose;

namespace Softy.Tests.AppHost;

/// <summary>
/// With a developer certificate the application also serves HTTPS; without one, everything else works.
/// </summary>
public sealed class HttpsTests
{
    private static readonly string[] _arguments = ["--Volumes=none", "--Replicas=1"];

    [Fact]
    public async Task With_a_developer_certificate_HTTPS_is_served_beside_HTTP()
    {
        using var home = new Home();
        await MakeCertificateAsync(home);
        await using var host = AppHostProcess.Start(_arguments, home.Variables);
        var plain = await host.WaitUntilReadyAsync(Cancellation);
        var line = await host.WaitForAsync("Softy is also available with TLS: ", Cancellation);
        var secure = new Uri(line[line.IndexOf("https://", StringComparison.Ordinal)..].Trim());

        using var handler = new SocketsHttpHandler();
        // The certificate is trusted only in the home folder of the test.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate!.Subject == "CN=localhost";
        using var client = new HttpClient(handler);
        client.DefaultRequestVersion = HttpVersion.Version20;
        using var response = await client.GetAsync(new Uri(secure, "/api/hello"), Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Version.ShouldBe(HttpVersion.Version20);
        (await client.GetStringAsync(new Uri(plain, "/api/hello"), Cancellation)).ShouldBe("Hello, World!");
        host.Output.ShouldNotContain("dotnet dev-certs");
    }

    /// <summary>Creates a developer certificate, as a developer does once per machine.</summary>
    private static async Task MakeCertificateAsync(Home home)
    {
        var (_, output, error) = await Command.TryRunAsync(
            "dotnet",
            ["dev-certs", "https", "--trust"],
            environment: home.Variables.ToDictionary(StringComparer.Ordinal)
        );
        // The exit code also depends on browsers and OpenSSL, which may be missing.
        (output + error).ShouldContain("certificate");
    }
}
