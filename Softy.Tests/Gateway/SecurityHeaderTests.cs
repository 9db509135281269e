using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The gateway adds security headers to responses, and no Server header.</summary>
[Collection(GatewayCollection.Name)]
public sealed class SecurityHeaderTests
{
    [Fact]
    public async Task Configured_headers_are_on_every_response_that_does_not_set_them()
    {
        await using var backend = new RawBackend(
            (request, connection) =>
                connection.SendAsync(
                    request.Target == "/api/own"
                        ? "HTTP/1.1 200 OK\r\nX-Frame-Options: SAMEORIGIN\r\nContent-Length: 2\r\n\r\nok"
                        : RawBackend.Ok
                )
        );
        await using var gateway = await StartAsync(
            backend,
            ("Gateway:SecurityHeaders:Headers:X-Frame-Options", "DENY"),
            ("Gateway:SecurityHeaders:Headers:Referrer-Policy", "")
        );

        (await FrameOptionsAsync(gateway, "/api/hello")).ShouldBe(["DENY"]);
        (await FrameOptionsAsync(gateway, "/api/own")).ShouldBe(["SAMEORIGIN"]);
        // The gateway itself refuses this request.
        (await FrameOptionsAsync(gateway, "/gateway/status/none")).ShouldBe(["DENY"]);
        (await FrameOptionsAsync(gateway, "/health")).ShouldBe(["DENY"]);

        gateway.Change(("Gateway:SecurityHeaders:Headers:X-Frame-Options", "SAMEORIGIN"));
        (await FrameOptionsAsync(gateway, "/api/hello")).ShouldBe(["SAMEORIGIN"]);
        gateway.Change(("Gateway:SecurityHeaders:Headers:X-Frame-Options", "a\r\nb"));
        (await FrameOptionsAsync(gateway, "/api/hello")).ShouldBe(["SAMEORIGIN"]);
        gateway.Change(
            ("Gateway:SecurityHeaders:Headers:X-Frame-Options", "DENY"),
            ("Gateway:SecurityHeaders:Headers:Content-Length", "5")
        );
        (await FrameOptionsAsync(gateway, "/api/hello")).ShouldBe(["SAMEORIGIN"]);
    }

    [Fact]
    public async Task No_response_has_a_Server_header()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(backends);

        foreach (var path in new[] { "/", "/health", "/gateway/status", "/gateway/status/none" })
        {
            using var response = await gateway.Client.GetAsync(path, Cancellation);
            response.Headers.Contains("Server").ShouldBeFalse(path);
        }
    }

    private static async Task<IEnumerable<string>> FrameOptionsAsync(InProcessGateway gateway, string path)
    {
        using var response = await gateway.Client.GetAsync(path, Cancellation);
        response.Headers.Contains("Referrer-Policy").ShouldBeFalse();
        return response.Headers.GetValues("X-Frame-Options");
    }

    private static Task<InProcessGateway> StartAsync(
        RawBackend backend,
        params (string Key, string Value)[] settings
    ) => InProcessGateway.StartAsync(backend.Url, settings);
}
