using System.IO.Compression;
using System.Text;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>Responses reach the client as the replica sent them.</summary>
[Collection(GatewayCollection.Name)]
public sealed class ResponsePassThroughTests
{
    [Fact]
    public async Task Responses_without_a_body_stay_without_one()
    {
        await using var backend = new RawBackend(
            (request, connection) =>
                connection.SendAsync(
                    request.Target switch
                    {
                        "/api/204" => "HTTP/1.1 204 No Content\r\n\r\n",
                        "/api/304" => "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
                        _ => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: text/x\r\n\r\n",
                    }
                )
        );
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        var head = await RawClient.SendAsync(
            gateway.Url,
            "HEAD /api/head HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
        head.ShouldContain("Content-Length: 1000");
        head.ShouldContain("Content-Type: text/x");
        head.ShouldEndWith("\r\n\r\n");

        var noContent = await RawClient.SendAsync(
            gateway.Url,
            "GET /api/204 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
        RawClient.StatusCodes(noContent).ShouldBe([204]);
        noContent.ShouldEndWith("\r\n\r\n");

        var notModified = await RawClient.SendAsync(
            gateway.Url,
            "GET /api/304 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
        RawClient.StatusCodes(notModified).ShouldBe([304]);
        notModified.ShouldContain("ETag: \"x\"");
        notModified.ShouldEndWith("\r\n\r\n");
    }

    [Fact]
    public async Task Response_headers_beyond_ASCII_and_duplicates_arrive_as_they_were_sent()
    {
        await using var backend = new RawBackend(
            (_, connection) =>
                connection.SendAsync(
                    "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX-Name: J\u00c3\u00bcrgen\r\n"
                        + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nok"
                )
        );
        await using var gateway = await TestGateway.StartAsync(backend.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            "GET /api/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );

        answer.ShouldStartWith("HTTP/1.1 200 Fine\r\n");
        answer.ShouldContain("X-Name: J\u00c3\u00bcrgen\r\n");
        answer.ShouldContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
    }

    [Fact]
    public async Task Compressed_responses_are_not_touched()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(new string('x', 10_000)), Cancellation);
        }

        await using var backends = await Backend.StartSeveralAsync(
            1,
            backend =>
                backend.Answer = async context =>
                {
                    context.Response.Headers.ContentEncoding = "gzip";
                    await context.Response.Body.WriteAsync(compressed.ToArray(), context.RequestAborted);
                }
        );
        await using var gateway = await TestGateway.StartAsync(backends);

        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);

        response.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        (await response.Content.ReadAsByteArrayAsync(Cancellation)).ShouldBe(compressed.ToArray());
    }
}
