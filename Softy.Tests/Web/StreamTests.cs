using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>The windows of a browser share their streams, and load what they missed.</summary>
public sealed class StreamTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    private const int Missed = 30;

    [Fact]
    public async Task Eight_windows_of_one_browser_share_its_streams()
    {
        await using var visitor = await ArriveAsync();
        var pages = await OpenWindowsAsync(visitor, 8);
        using var client = Softy.CreateGatewayClient();
        await Eventually.Async(
            async () => await CountInFlightAsync(client) == 1,
            "the replicas have one stream open for all windows"
        );
        var text = Unique("For every window");
        await WriteAsync(client, text);

        foreach (var page in pages)
        {
            await Expect(page.Locator("#messages .card", new() { HasText = text })).ToHaveCountAsync(1);
        }
    }

    [Fact]
    public async Task No_message_is_lost_when_windows_are_closed()
    {
        await using var visitor = await ArriveAsync();
        var pages = await OpenWindowsAsync(visitor, 5);
        using var client = Softy.CreateGatewayClient();
        var mark = Unique("closing");
        var last = pages[^1];
        foreach (var page in pages.SkipLast(1))
        {
            await WriteAsync(client, $"{mark} before");
            await page.CloseAsync();
            await WriteAsync(client, $"{mark} after");
        }

        var cards = last.Locator("#messages .card", new() { HasText = mark });
        await Expect(cards).ToHaveCountAsync(2 * (pages.Count - 1));
        await Expect(last.Locator("#connection")).ToHaveAttributeAsync("data-state", "live");
    }

    [Fact]
    public async Task A_browser_without_shared_workers_has_streams_of_its_own()
    {
        await using var profile = await Browser.NewProfileAsync();
        await profile.AddInitScriptAsync("delete globalThis.SharedWorker");
        var page = await profile.NewPageAsync();
        await page.GotoAsync(Softy.GatewayAddress.ToString());
        await Expect(page.Locator(".lane")).ToHaveCountAsync(3);
        using var client = Softy.CreateGatewayClient();
        await Eventually.Async(async () => await CountInFlightAsync(client) == 1, "the window has opened its stream");
        var text = Unique("Without a worker");
        await WriteAsync(client, text);

        await Expect(page.Locator("#messages .card", new() { HasText = text })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Messages_written_during_a_network_outage_appear_afterwards()
    {
        await using var relay = new Relay(Softy.GatewayAddress);
        await using var visitor = await Visitor.ArriveAsync(Browser, relay.Address);
        using var client = Softy.CreateGatewayClient();
        var mark = await ShowAMessageAsync(visitor, client);

        var texts = await WriteManyWhileCutOffAsync(relay, visitor, client, mark);
        relay.Mend();

        await ShowsAllAsync(visitor, mark, [.. texts, $"{mark} seen"]);
    }

    [Fact]
    public async Task Messages_written_while_a_window_was_hidden_appear_afterwards()
    {
        await using var visitor = await ArriveAsync();
        using var client = Softy.CreateGatewayClient();
        var mark = await ShowAMessageAsync(visitor, client);

        await SetHiddenAsync(visitor.Page, true);
        await Eventually.Async(
            async () => await CountInFlightAsync(client) == 0,
            "a hidden window lets go of its streams"
        );
        var texts = await WriteManyAsync(client, mark);
        await SetHiddenAsync(visitor.Page, false);

        await ShowsAllAsync(visitor, mark, [.. texts, $"{mark} seen"]);
    }

    [Fact]
    public async Task A_window_that_missed_events_which_are_no_longer_kept_reloads_the_wall()
    {
        await using var relay = new Relay(Softy.GatewayAddress);
        await using var visitor = await Visitor.ArriveAsync(Browser, relay.Address);
        using var client = Softy.CreateGatewayClient();
        var mark = await ShowAMessageAsync(visitor, client);

        var texts = await WriteManyWhileCutOffAsync(relay, visitor, client, mark);
        await ExecuteAsync("DELETE FROM message_events");
        await WriteAsync(client, $"{mark} last");
        relay.Mend();

        string[] all = [$"{mark} last", .. texts, $"{mark} seen"];
        await Expect(visitor.Card($"{mark} last")).ToHaveCountAsync(1);
        var cards = visitor.Page.Locator("#messages .card", new() { HasText = mark });
        for (var shown = await cards.CountAsync(); shown < all.Length; shown = await cards.CountAsync())
        {
            await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Show older" }).ClickAsync();
            // The button disappears with the last page.
            await Expect(cards).Not.ToHaveCountAsync(shown);
        }

        await ShowsAllAsync(visitor, mark, all);
    }

    private async Task<IReadOnlyList<IPage>> OpenWindowsAsync(Visitor visitor, int count)
    {
        var pages = new List<IPage> { visitor.Page };
        while (pages.Count < count)
        {
            var page = await visitor.Page.Context.NewPageAsync();
            await page.GotoAsync(Softy.GatewayAddress.ToString());
            await Expect(page.Locator(".lane")).ToHaveCountAsync(3);
            pages.Add(page);
        }

        return pages;
    }

    /// <summary>Writes a message, and waits until the visitor sees it. Returns the start of its text.</summary>
    private static async Task<string> ShowAMessageAsync(Visitor visitor, HttpClient client)
    {
        var mark = Unique("away");
        await WriteAsync(client, $"{mark} seen");
        await Expect(visitor.Card($"{mark} seen")).ToHaveCountAsync(1);
        return mark;
    }

    private static async Task ShowsAllAsync(Visitor visitor, string mark, string[] texts)
    {
        var cards = visitor.Page.Locator("#messages .card", new() { HasText = mark });
        await Expect(cards).ToHaveCountAsync(texts.Length);
        (await cards.Locator(".card-text").AllTextContentsAsync()).ShouldBe(texts);
    }

    /// <summary>Writes more messages than a page of the wall shows. Returns their texts, newest first.</summary>
    private static async Task<string[]> WriteManyWhileCutOffAsync(
        Relay relay,
        Visitor visitor,
        HttpClient client,
        string mark
    )
    {
        relay.Cut();
        await Expect(visitor.Page.Locator("#connection")).ToHaveAttributeAsync("data-state", "lost");
        return await WriteManyAsync(client, mark);
    }

    private static async Task<string[]> WriteManyAsync(HttpClient client, string mark)
    {
        for (var i = 0; i < Missed; i++)
        {
            await WriteAsync(client, $"{mark} {i}");
        }

        return [.. Enumerable.Range(0, Missed).Reverse().Select(i => $"{mark} {i}")];
    }

    /// <summary>The number of requests in flight at the replicas, including streams.</summary>
    private static async Task<int> CountInFlightAsync(HttpClient client)
    {
        var status = await client.GetFromJsonAsync<JsonElement>("/gateway/status", Cancellation);
        return status
            .GetProperty("replicas")
            .EnumerateArray()
            .Sum(replica => replica.GetProperty("inFlight").GetInt32());
    }

    /// <summary>A headless browser reports every window as visible, so the script reports it as hidden.</summary>
    private static async Task SetHiddenAsync(IPage page, bool isHidden) =>
        await page.EvaluateAsync(
            """
            isHidden => {
              Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }
            """,
            isHidden
        );
}
