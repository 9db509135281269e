using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The status can have its own port, which need not be public.</summary>
[Collection(GatewayCollection.Name)]
public sealed class StatusPortTests
{
    private const int Port = 9090;

    [Fact]
    public async Task The_status_is_answered_on_its_own_port_only()
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);
        using var inside = new HttpClient { BaseAddress = new UriBuilder("http", gateway.Url.Host, Port).Uri };

        (await inside.GetStringAsync("/gateway/status", Cancellation)).ShouldContain("\"policy\":\"RoundRobin\"");
        (await inside.GetStringAsync("/health", Cancellation)).ShouldContain("Healthy");
        await ShouldBeNothingAsync(inside, "/");
        await ShouldBeNothingAsync(inside, "/api/hello");

        await ShouldBeNothingAsync(gateway.Client, "/gateway/status");
        await ShouldBeNothingAsync(gateway.Client, "/GATEWAY/status/stream");
        (await gateway.Client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("ok");
        backend.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_Host_header_with_the_status_port_gives_no_access()
    {
        await using var backend = new RawBackend();
        await using var gateway = await StartAsync(backend);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            $"GET /gateway/status HTTP/1.1\r\nHost: x:{Port}\r\nConnection: close\r\n\r\n"
        );

        RawClient.StatusCodes(answer).ShouldBe([404]);
    }

    private static async Task ShouldBeNothingAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    private static Task<IGateway> StartAsync(RawBackend backend) =>
        TestGateway.StartAsync(
            backend.Url,
            ("urls", $"http://{OwnAddress.Next()}:0"),
            ("Gateway:Status:Port", $"{Port}")
        );
}
