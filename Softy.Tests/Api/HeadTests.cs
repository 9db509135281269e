using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Api;

/// <summary>HEAD works wherever GET does.</summary>
[Collection(nameof(ApiCollection))]
public sealed class HeadTests(ApiCollection.Fixture softy) : ApiTest(softy)
{
    private static readonly string[] _undocumented =
    [
        "/openapi/v1.json",
        "/",
        "/health",
        "/alive",
        "/gateway/status",
        "/gateway/status/stream",
    ];

    // These may differ between two requests. A length may be missing if it is unknown before the content is written.
    private static readonly string[] _mayDiffer = ["Date", "Content-Length", "Transfer-Encoding", "X-Softy-Instance"];

    [Fact]
    public async Task HEAD_has_the_headers_of_GET_and_no_body()
    {
        var created = await PostMessageAsync("Head", "Only the headers");
        var document = await Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancellation);
        string[] paths =
        [
            .. document
                .GetProperty("paths")
                .EnumerateObject()
                .Where(path => path.Value.TryGetProperty("get", out _))
                .Select(path =>
                    path.Name.Replace("{id}", created.Id, StringComparison.Ordinal)
                        .Replace("{name}", "not-the-owner", StringComparison.Ordinal)
                ),
            .. _undocumented,
        ];
        paths.Length.ShouldBeGreaterThan(15);

        foreach (var path in paths)
        {
            using var get = await Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancellation);
            using var head = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), Cancellation);

            get.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            head.StatusCode.ShouldBe(get.StatusCode, path);
            Describe(head).ShouldBe(Describe(get), path);

            // A client would read anything after the headers as the next response.
            var answer = await RawClient.SendAsync(
                Softy.GatewayAddress,
                $"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + $"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                mustClose: true
            );
            RawClient.StatusCodes(answer).ShouldBe([200, 200], path);
            answer.Split("\r\n\r\n").Length.ShouldBe(3, $"{path}: {answer}");
        }
    }

    [Fact]
    public async Task A_405_response_lists_HEAD_as_allowed()
    {
        using var response = await Client.PutAsync("/api/messages", JsonContent.Create(new { }), Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.ShouldContain("HEAD");
        response.Content.Headers.Allow.ShouldContain("GET");
    }

    private static string[] Describe(HttpResponseMessage response) =>
        [
            .. response
                .Headers.Concat(response.Content.Headers)
                .Where(header => !_mayDiffer.Contains(header.Key))
                .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}")
                .Order(StringComparer.Ordinal),
        ];
}
