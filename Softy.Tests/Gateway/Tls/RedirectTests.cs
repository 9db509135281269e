using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway.Tls;

/// <summary>Plain HTTP is redirected to TLS, except for probes and ACME challenges, and HSTS can be enabled.</summary>
[Collection(GatewayCollection.Name)]
public sealed class RedirectTests
{
    private const string Host = "a.example";

    [Fact]
    public async Task Plain_HTTP_is_redirected_with_method_path_and_query()
    {
        await using var run = new Run();
        await using var gateway = await run.StartAsync();

        (await RedirectAsync(gateway, "GET", "/")).ShouldBe("https://a.example:8443/");
        (await RedirectAsync(gateway, "POST", "/api/a%252Fb?q=%20%2F&r")).ShouldBe(
            "https://a.example:8443/api/a%252Fb?q=%20%2F&r"
        );
        (await RedirectAsync(gateway, "GET", "//b.example/x")).ShouldBe("https://a.example:8443//b.example/x");
        (await RedirectAsync(gateway, "GET", "http://a.example/absolute?x")).ShouldBe(
            "https://a.example:8443/absolute?x"
        );
        gateway.Change(("Gateway:Tls:PublicPort", "443"));
        (await RedirectAsync(gateway, "GET", "/api/hello")).ShouldBe("https://a.example/api/hello");
        run.Backend.Requests.ShouldBeEmpty();

        gateway.Change(("Gateway:Redirect:Enabled", "false"));
        (await SendAsync(gateway, "GET", "/api/hello")).ShouldContain("HTTP/1.1 200 OK");
    }

    [Fact]
    public async Task Without_a_certificate_nothing_is_redirected()
    {
        await using var backend = new RawBackend();
        await using var gateway = await InProcessGateway.StartAsync(backend.Url);

        (await gateway.Client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("ok");
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Probes_are_answered_in_plain_HTTP(string path)
    {
        await using var run = new Run();
        await using var gateway = await run.StartAsync();

        (await gateway.Client.GetStringAsync(path, Cancellation)).ShouldContain("Healthy");
    }

    [Fact]
    public async Task A_request_that_reached_a_trusted_proxy_over_TLS_is_not_redirected()
    {
        await using var run = new Run();
        await using var gateway = await run.StartAsync(("Gateway:Forwarded:TrustedProxies:0", "127.0.0.0/8"));

        (await AskAsync("https")).ShouldBe([200]);
        (await AskAsync("http")).ShouldBe([308]);
        gateway.Change(("Gateway:Forwarded:TrustedProxies:0", "192.0.2.1"));
        (await AskAsync("https")).ShouldBe([308]);

        async Task<int[]> AskAsync(string scheme) =>
            RawClient.StatusCodes(await SendAsync(gateway, "GET", "/api/hello", $"X-Forwarded-Proto: {scheme}\r\n"));
    }

    [Fact]
    public async Task Challenges_of_ACME_are_answered_from_the_folder()
    {
        await using var run = new Run();
        var challenges = Directory.CreateDirectory(
            Path.Combine(run.Certificates.Path("acme"), ".well-known", "acme-challenge")
        );
        await File.WriteAllTextAsync(
            Path.Combine(challenges.FullName, "token-1_A"),
            "token-1_A.thumbprint",
            Cancellation
        );
        await using var gateway = await run.StartAsync(("Gateway:Acme:Folder", run.Certificates.Path("acme")));
        const string Prefix = "/.well-known/acme-challenge";

        (await SendAsync(gateway, "GET", $"{Prefix}/token-1_A")).ShouldEndWith("\r\n\r\ntoken-1_A.thumbprint");
        string[] others =
        [
            "none",
            "..%2F..%2F..%2Fserver.key",
            "%2e%2e%2f%2e%2e%2f%2e%2e%2fserver.key",
            "token-1_A%00",
        ];
        foreach (var outside in others)
        {
            RawClient.StatusCodes(await SendAsync(gateway, "GET", $"{Prefix}/{outside}")).ShouldBeSubsetOf([404, 400]);
        }

        (await SendAsync(gateway, "GET", $"{Prefix}/../../server.key")).ShouldContain("HTTP/1.1 308 ");
        run.Backend.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_folder_the_site_answers_challenges()
    {
        await using var run = new Run();
        await using var gateway = await run.StartAsync();

        (await SendAsync(gateway, "GET", "/.well-known/acme-challenge/x")).ShouldContain("HTTP/1.1 200 OK");
        run.Backend.Requests.Single().Target.ShouldBe("/.well-known/acme-challenge/x");
    }

    [Fact]
    public async Task HSTS_is_sent_over_TLS_once_where_it_is_set()
    {
        await using var run = new Run();
        run.Backend.Answer = (_, connection) =>
            connection.SendAsync(
                "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 2\r\n\r\nok"
            );
        await using var gateway = await run.StartAsync(("Gateway:Hsts:MaxAge", "365.00:00:00"));
        using var client = run.Certificates.CreateClient(gateway.TlsUrl(), Host);

        (await HstsAsync()).ShouldBe(["max-age=31536000"]);
        gateway.Change(("Gateway:Hsts:IncludeSubDomains", "true"), ("Gateway:Hsts:Preload", "true"));
        (await HstsAsync()).ShouldBe(["max-age=31536000; includeSubDomains; preload"]);
        (await SendAsync(gateway, "GET", "/")).ShouldNotContain("Strict-Transport-Security");

        // A header of the replica itself passes unchanged.
        gateway.Change(("Gateway:Hsts:MaxAge", "0"));
        (await HstsAsync()).ShouldBe(["max-age=1"]);

        async Task<IEnumerable<string>> HstsAsync()
        {
            using var response = await client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            return response.Headers.GetValues("Strict-Transport-Security");
        }
    }

    private static async Task<string> RedirectAsync(InProcessGateway gateway, string method, string target)
    {
        var answer = await SendAsync(gateway, method, target);
        answer.ShouldStartWith("HTTP/1.1 308 ");
        const string Location = "Location: ";
        return answer.Split("\r\n").Single(line => line.StartsWith(Location, StringComparison.Ordinal))[
            Location.Length..
        ];
    }

    private static Task<string> SendAsync(InProcessGateway gateway, string method, string target, string headers = "")
    {
        var rest = method == "POST" ? "Content-Length: 4\r\n\r\nbody" : "\r\n";
        return RawClient.SendAsync(
            gateway.Url,
            $"{method} {target} HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n{headers}{rest}"
        );
    }

    /// <summary>A gateway with a certificate.</summary>
    private sealed class Run : IAsyncDisposable
    {
        public RawBackend Backend { get; } = new();

        public CertificateFolder Certificates { get; } = new();

        public Task<InProcessGateway> StartAsync(params (string Key, string Value)[] settings)
        {
            Certificates.WritePem("server", [Host]);
            return InProcessGateway.StartAsync(
                Backend.Url,
                [.. OwnAddress.WithTls(Certificates.Path("server.pem"), Certificates.Path("server.key")), .. settings]
            );
        }

        public async ValueTask DisposeAsync()
        {
            Certificates.Dispose();
            await Backend.DisposeAsync();
        }
    }
}
