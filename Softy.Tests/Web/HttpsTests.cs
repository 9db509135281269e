using System.Net.Http.Json;
using Microsoft.Playwright;
using Softy.Tests.Gateway.Support;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>The page over HTTPS, which browsers use with HTTP/2.</summary>
public sealed class HttpsTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    [Fact]
    public async Task Sixteen_at_a_time_are_sixteen_at_a_time_over_HTTP_2()
    {
        string[] replicas = ["api-1", "api-2", "api-3"];
        await using var visitor = await Visitor.ArriveAsync(
            Browser,
            Softy.SecureGatewayAddress,
            new() { IgnoreHTTPSErrors = true }
        );
        (
            await visitor.Page.EvaluateAsync<string>("performance.getEntriesByType('navigation')[0].nextHopProtocol")
        ).ShouldBe("h2");
        using var client = Softy.CreateGatewayClient();
        // The page's live stream is one of them.
        var before = await CountInFlightAsync();

        await visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "16" }).CheckAsync();
        try
        {
            foreach (var replica in replicas)
            {
                await Softy.FreezeAsync(replica, Cancellation);
            }

            await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Send 100 requests" }).ClickAsync();
            // With HTTP/1.1, browsers have no more than six connections.
            await Eventually.Async(
                async () => await CountInFlightAsync() == before + 16,
                "sixteen requests are at the replicas"
            );
        }
        finally
        {
            foreach (var replica in replicas)
            {
                await Softy.ThawAsync(replica);
            }
        }

        await Expect(visitor.Page.Locator("#figure-answered")).ToHaveTextAsync("100 of 100");
        visitor.Complaints.ShouldBeEmpty();

        async Task<int> CountInFlightAsync()
        {
            var status = await client.GetFromJsonAsync<GatewayStatus>("/gateway/status", Cancellation);
            return status!.Replicas.Sum(replica => replica.InFlight);
        }
    }

    [Fact]
    public void The_link_of_the_dashboard_is_named()
    {
        App.ResourceNotifications.TryGetCurrentState("gateway", out var state).ShouldBeTrue();

        var link = state!.Snapshot.Urls.Single(url => url.DisplayProperties.DisplayName == "Softy (HTTPS)");

        link.Url.TrimEnd('/').ShouldBe(Softy.SecureGatewayAddress.ToString().TrimEnd('/'));
    }
}
