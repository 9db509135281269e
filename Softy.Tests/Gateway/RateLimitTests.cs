using System.Diagnostics;
using System.Net;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>How many requests a second one client may send.</summary>
[Collection(GatewayCollection.Name)]
public sealed class RateLimitTests
{
    [Fact]
    public async Task A_client_that_asks_too_often_is_told_to_wait_with_429()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestsPerSecondPerClient", "1"),
            ("Gateway:Limits:BurstPerClient", "5"),
            ("Gateway:Forwarded:TrustedProxies:0", "127.0.0.1")
        );

        var codes = new List<HttpStatusCode>();
        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            codes.Add(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                response.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
                response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            }
        }

        codes.Take(5).ShouldAllBe(code => code == HttpStatusCode.OK);
        codes.ShouldContain(HttpStatusCode.TooManyRequests);

        // Another client has a bucket of its own. The test acts as the trusted proxy in front of both.
        using var other = new HttpRequestMessage(HttpMethod.Get, "/api/hello")
        {
            Headers = { { "X-Forwarded-For", "203.0.113.7" } },
        };
        using var answer = await gateway.Client.SendAsync(other, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        // The gateway's own endpoints have no rate limit.
        using var status = await gateway.Client.GetAsync("/gateway/status", Cancellation);
        status.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_small_burst_does_not_lower_the_rate()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestsPerSecondPerClient", "200"),
            ("Gateway:Limits:BurstPerClient", "1")
        );

        const int Wanted = 200;
        var (taken, asked) = (0, 0);
        var watch = Stopwatch.StartNew();
        for (; taken < Wanted; asked++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            taken += response.IsSuccessStatusCode ? 1 : 0;
        }

        Output.WriteLine($"{taken} of {asked} requests taken in {watch.Elapsed.TotalSeconds:F2} s, at 200 a second.");
        watch.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_addresses_of_an_IPv6_network_are_one_client()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestsPerSecondPerClient", "1"),
            ("Gateway:Limits:BurstPerClient", "3"),
            ("Gateway:Forwarded:TrustedProxies:0", "127.0.0.1")
        );

        var codes = new List<HttpStatusCode>();
        for (var i = 1; i <= 20; i++)
        {
            codes.Add(await AskAsync($"2001:db8:1:2:{i:x}::{i:x}"));
        }

        codes.Count(code => code == HttpStatusCode.OK).ShouldBeLessThan(10);
        (await AskAsync("2001:db8:1:3::1")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync("::ffff:203.0.113.8")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync("::ffff:203.0.113.9")).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> AskAsync(string client)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/hello")
            {
                Headers = { { "X-Forwarded-For", client } },
            };
            using var response = await gateway.Client.SendAsync(request, Cancellation);
            return response.StatusCode;
        }
    }
}
