using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The gateway sets forwarded headers, and routes by path.</summary>
[Collection(GatewayCollection.Name)]
public sealed class ForwardedTests
{
    private static readonly (string Name, string Value)[] _spoofed =
    [
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Real-IP", "203.0.113.7"),
        ("Forwarded", "for=203.0.113.7"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Original-URL", "/admin"),
        ("X-Softy-Instance", "api-99"),
        ("X-Softy-Retries", "99"),
        ("X-Softy-Draining", "true"),
    ];

    [Fact]
    public async Task Forwarded_headers_of_an_untrusted_client_are_dropped()
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        using var response = await SendAsync(gateway, _spoofed);

        var request = backend.Requests.Single();
        request.Header("X-Forwarded-For").ShouldBe(["127.0.0.1"]);
        request.Header("X-Forwarded-Proto").ShouldBe(["http"]);
        request.Header("X-Forwarded-Host").ShouldBe([gateway.Url.Authority]);
        request.Header("X-Real-IP").ShouldBe(["127.0.0.1"]);
        foreach (var (name, _) in _spoofed[4..])
        {
            request.Header(name).ShouldBeEmpty(name);
        }

        // The replica does not name itself; the name from the client's header is not used.
        response.Instance().ShouldBe("api-1");
        response.Retries().ShouldBe(0);
    }

    [Fact]
    public async Task Forwarded_headers_of_a_trusted_proxy_are_passed_on()
    {
        await using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(
            backend.Url,
            ("Gateway:Forwarded:TrustedProxies:0", "127.0.0.0/8"),
            ("Gateway:Forwarded:TrustedProxies:1", "198.51.100.1")
        );

        using var response = await SendAsync(
            gateway,
            ("X-Forwarded-For", "203.0.113.66, 203.0.113.7, 198.51.100.1"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "shop.example"),
            ("X-Softy-Instance", "api-99")
        );

        var request = backend.Requests.Single();
        request.Header("X-Forwarded-For").ShouldBe(["203.0.113.66, 203.0.113.7, 198.51.100.1, 127.0.0.1"]);
        request.Header("X-Forwarded-Proto").ShouldBe(["https"]);
        request.Header("X-Forwarded-Host").ShouldBe(["shop.example"]);
        // The last address that is not a trusted proxy. Anyone can have written the addresses before it.
        request.Header("X-Real-IP").ShouldBe(["203.0.113.7"]);
        request.Header("X-Softy-Instance").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/api/anything", "api-1")]
    [InlineData("/host", "api-1")]
    [InlineData("/date", "api-1")]
    [InlineData("/openapi/v1.json", "api-1")]
    [InlineData("/", "web")]
    [InlineData("/index.html", "web")]
    [InlineData("/apiary", "web")]
    [InlineData("/hosts", "web")]
    [InlineData("/host/x", "web")]
    [InlineData("/gateway", "web")]
    public async Task Each_path_is_routed_to_its_service(string path, string expected)
    {
        await using var api = await Backend.StartAsync("api-1");
        await using var web = await Backend.StartAsync("web");
        await using var gateway = await TestGateway.StartAsync([api.Url.AbsoluteUri], web.Url.AbsoluteUri, []);

        using var response = await gateway.Client.GetAsync(path, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Instance().ShouldBe(expected);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        IGateway gateway,
        params (string Name, string Value)[] headers
    )
    {
        using var handler = new SocketsHttpHandler { ActivityHeadersPropagator = null };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Url, "/api/hello"));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, Cancellation);
    }
}
