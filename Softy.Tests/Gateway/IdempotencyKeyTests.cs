using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>An <c>Idempotency-Key</c> allows retries of a POST on the paths whose service honours it.</summary>
[Collection(GatewayCollection.Name)]
public sealed class IdempotencyKeyTests : FailoverTest
{
    [Theory]
    [InlineData("/api/messages", true)]
    [InlineData("/api/visits", true)]
    [InlineData("/api/other", false)]
    [InlineData("/api/messages/1/likes", false)]
    public async Task A_key_makes_a_POST_repeatable_where_the_service_honours_it(string path, bool isHonoured)
    {
        await using var broken = RawBackend.Resetting();
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await StartAsync(broken.Url, well.Url);

        using var request = Post(SmallBody, key: "one", path);
        using var response = await gateway.Client.SendAsync(request, Cancellation);

        response.StatusCode.ShouldBe(isHonoured ? HttpStatusCode.OK : HttpStatusCode.BadGateway);
        well.Requests.Count.ShouldBe(isHonoured ? 1 : 0);
    }

    [Fact]
    public async Task Which_paths_honour_a_key_is_a_setting_that_changes_while_running()
    {
        await using var broken = RawBackend.Resetting();
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await InProcessGateway.StartAsync([broken.Url, well.Url], NeverEject);

        gateway.Change(("Gateway:Failover:IdempotencyKeyPaths:0", "no path"));
        (await PostAsync("/api/messages")).ShouldBe(HttpStatusCode.OK);
        (await PostAsync("/api/orders")).ShouldBe(HttpStatusCode.OK, "the next turn is the other replica's");
        gateway.Change(("Gateway:Failover:IdempotencyKeyPaths:0", "/api/orders"));
        (await PostAsync("/api/messages")).ShouldBe(HttpStatusCode.BadGateway);
        (await PostAsync("/api/messages")).ShouldBe(HttpStatusCode.OK);
        (await PostAsync("/api/orders")).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> PostAsync(string path)
        {
            using var response = await gateway.Client.SendAsync(Post(SmallBody, key: "one", path), Cancellation);
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData("Idempotency-Key")]
    [InlineData("close, idempotency-key")]
    [InlineData("keep-alive, Idempotency-Key, X-Other")]
    public async Task A_key_that_the_Connection_header_lists_is_still_sent_to_every_replica(string connection)
    {
        await using var one = RawBackend.Resetting();
        await using var two = new RawBackend();
        await using var gateway = await StartAsync(one.Url, two.Url);

        var answer = await RawClient.SendAsync(
            gateway.Url,
            $"POST /api/messages HTTP/1.1\r\nHost: a\r\nIdempotency-Key: one\r\nConnection: {connection}\r\n"
                + "Content-Length: 2\r\n\r\nhi",
            silence: TimeSpan.FromSeconds(2)
        );

        RawClient.StatusCodes(answer).ShouldBe([200]);
        one.Requests.Single().Header("Idempotency-Key").ShouldBe(["one"]);
        two.Requests.Single().Header("Idempotency-Key").ShouldBe(["one"]);
    }
}
