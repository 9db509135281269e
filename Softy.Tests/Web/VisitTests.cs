using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Tests.Application;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>The visits on the page, in one browser and in two.</summary>
public sealed class VisitTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    [Fact]
    public async Task One_browser_sees_the_visit_of_another()
    {
        await using var ada = await ArriveAsync();
        var before = await ada.Page.Locator("#visits-total").TextContentAsync();

        await using var grace = await ArriveAsync();

        await Expect(ada.Page.Locator("#visits-total")).Not.ToHaveTextAsync(before!);
    }

    [Fact]
    public async Task Visits_of_removed_replicas_come_last_and_have_no_number()
    {
        // After a week, the API counts visits of removed replicas under this name.
        var redis = RedisAccess.Parse((await App.GetConnectionStringAsync("redis", Cancellation))!);
        await redis.AskAsync($"AUTH {redis.Password}", "HINCRBY softy:visits \"earlier replicas\" 1");

        await using var ada = await ArriveAsync();

        var shares = ada.Page.Locator("#visits-shares li");
        await Expect(shares.Last).ToHaveAttributeAsync("data-instance", "earlier replicas");
        await Expect(shares.Last.Locator(".bead")).ToHaveTextAsync("…");
        foreach (var replica in await shares.And(ada.Page.Locator("[data-instance^='api-']")).AllAsync())
        {
            (await replica.Locator(".bead").TextContentAsync()).ShouldBe(
                (await replica.GetAttributeAsync("data-instance"))!["api-".Length..]
            );
        }
    }

    [Fact]
    public async Task A_visit_whose_answer_is_lost_is_counted_once()
    {
        using var client = Softy.CreateGatewayClient();
        var before = await CountVisitsAsync(client);
        await using var profile = await Browser.NewProfileAsync();
        var page = await profile.NewPageAsync();
        var keys = new ConcurrentQueue<string>();
        await page.RouteAsync(
            "**/api/visits",
            async route =>
            {
                keys.Enqueue(route.Request.Headers["idempotency-key"]);
                if (keys.Count == 1)
                {
                    await route.FetchAsync();
                    await route.AbortAsync();
                }
                else
                {
                    await route.ContinueAsync();
                }
            }
        );

        await page.GotoAsync(Softy.GatewayAddress.ToString());
        await page.WaitForResponseAsync(response => response.Url.EndsWith("/api/visits", StringComparison.Ordinal));

        keys.Count.ShouldBe(2);
        keys.Distinct().Count().ShouldBe(1);
        (await CountVisitsAsync(client)).ShouldBe(before + 1);
    }

    private static async Task<long> CountVisitsAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonElement>("/api/visits", Cancellation)).GetProperty("total").GetInt64();
}
