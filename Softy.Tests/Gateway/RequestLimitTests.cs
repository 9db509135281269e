using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>
/// The limits of a single request: the sizes of its headers and its body, and how slowly it may arrive.
/// </summary>
[Collection(GatewayCollection.Name)]
public sealed class RequestLimitTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_is_too_large_is_refused_with_413(bool chunked)
    {
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend => backend.Answer = Answers.ReadBodyAsync
        );
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:MaxRequestBodySize", "10000")
        );

        // The chunk headers count as part of the body, too.
        (await PostAsync(gateway, chunked ? 9_900 : 10_000, chunked)).ShouldBe(HttpStatusCode.OK);
        (await PostAsync(gateway, 10_001, chunked)).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Headers_that_are_too_large_are_refused_with_431()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await TestGateway.StartAsync(backends);

        var large = await RawClient.SendAsync(
            gateway.Url,
            $"GET /api/hello HTTP/1.1\r\nHost: x\r\nX-Large: {new string('a', 1024 * 1024)}\r\n\r\n"
        );
        RawClient.StatusCodes(large).ShouldBe([431]);

        var many = string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: 1\r\n"));
        RawClient
            .StatusCodes(await RawClient.SendAsync(gateway.Url, $"GET /api/hello HTTP/1.1\r\nHost: x\r\n{many}\r\n"))
            .ShouldBe([431]);
        backends[0].Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_takes_too_long_is_told_so_with_408()
    {
        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend => backend.Answer = Answers.ReadBodyAsync
        );
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestHeadersTimeout", "00:00:01"),
            ("Gateway:Limits:MinRequestBodyRate", "1000"),
            ("Gateway:Limits:RequestBodyGracePeriod", "00:00:01.500")
        );

        var slowHead = RawClient.SendAsync(gateway.Url, "GET /api/hello HTTP/1.1\r\nHost: x\r\n");
        var slowBody = RawClient.SendAsync(
            gateway.Url,
            "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nonly so much"
        );

        RawClient.StatusCodes(await slowHead).ShouldBe([408]);
        RawClient.StatusCodes(await slowBody).ShouldBe([408]);
    }

    private static async Task<HttpStatusCode> PostAsync(IGateway gateway, int size, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages")
        {
            Content = new ByteArrayContent(new byte[size]),
        };
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await gateway.Client.SendAsync(request, Cancellation);
        if (!response.IsSuccessStatusCode)
        {
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }

        return response.StatusCode;
    }
}
