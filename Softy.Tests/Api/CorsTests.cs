using System.Net;

namespace Softy.Tests.Api;

/// <summary>Pages of an origin that the configuration lists may use the API, others may not.</summary>
[Collection(nameof(ApiCollection))]
public sealed class CorsTests(ApiCollection.Fixture softy) : ApiTest(softy)
{
    [Theory]
    [InlineData(ApiCollection.Origin, true)]
    [InlineData("https://example.net", false)]
    public async Task Only_a_listed_origin_is_allowed(string origin, bool isLetIn)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/hello");
        request.Headers.Add("Origin", origin);
        using var response = await Client.SendAsync(request, Cancellation);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed).ShouldBe(isLetIn);
        if (isLetIn)
        {
            allowed.ShouldHaveSingleItem().ShouldBe(origin);
        }
    }

    [Fact]
    public async Task A_page_may_send_preflight_requests_and_read_errors()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/api/messages");
        preflight.Headers.Add("Origin", ApiCollection.Origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type,idempotency-key");
        using var answer = await Client.SendAsync(preflight, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer
            .Headers.GetValues("Access-Control-Allow-Headers")
            .ShouldHaveSingleItem()
            .ShouldContain("Idempotency-Key");

        using var bad = new HttpRequestMessage(HttpMethod.Post, "/api/messages") { Content = new StringContent("{") };
        bad.Headers.Add("Origin", ApiCollection.Origin);
        using var response = await Client.SendAsync(bad, Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        response.Headers.GetValues("Access-Control-Allow-Origin").ShouldHaveSingleItem().ShouldBe(ApiCollection.Origin);
    }
}
