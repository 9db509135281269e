using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>The message wall, in one browser and in two.</summary>
public sealed class WallTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    [Fact]
    public async Task Two_browsers_see_each_others_messages_come_and_go()
    {
        await using var ada = await ArriveAsync();
        await using var grace = await ArriveAsync();
        var greeting = Unique("Hello from Ada");
        var answer = Unique("Hello from Grace");

        await ada.PostAsync("Ada", greeting);
        await Expect(grace.Card(greeting)).ToBeVisibleAsync();
        await grace.PostAsync("Grace", answer);
        await Expect(ada.Card(answer)).ToBeVisibleAsync();

        await Expect(grace.Card(greeting).GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await ada.Card(greeting).GetByRole(AriaRole.Button).ClickAsync();
        await Expect(ada.Card(greeting)).ToHaveCountAsync(0);
        await Expect(grace.Card(greeting)).ToHaveCountAsync(0);
        await Expect(grace.Card(answer)).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_script_in_a_message_stays_text()
    {
        const string Markup =
            "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">";
        await using var ada = await ArriveAsync();
        var text = Unique(Markup);

        await ada.PostAsync("<b>Ada</b>", text);
        await using var grace = await ArriveAsync();

        foreach (var visitor in new[] { ada, grace })
        {
            await Expect(visitor.Card(text).Locator(".card-text")).ToHaveTextAsync(text);
            await Expect(visitor.Card(text).Locator(".card-author")).ToHaveTextAsync("<b>Ada</b>");
            (await visitor.Page.TitleAsync()).ShouldBe("Softy: load balancing you can see");
            visitor.Complaints.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Older_messages_come_page_by_page()
    {
        const int Messages = 30;
        var mark = Unique("page");
        using var client = Softy.CreateGatewayClient();
        for (var i = 0; i < Messages; i++)
        {
            await WriteAsync(client, $"{mark} {i}");
        }

        await using var visitor = await ArriveAsync();
        var cards = visitor.Page.Locator("#messages .card", new() { HasText = mark });
        var older = visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Show older" });
        await Expect(cards).ToHaveCountAsync(12);
        await Expect(cards.First).ToContainTextAsync($"{mark} {Messages - 1}");

        // A stream that is slower than the page brings messages of pages that were not read yet.
        var all = await client.GetStringAsync($"/api/messages?limit={Messages}", Cancellation);
        await visitor.Page.EvaluateAsync(
            """
            async page => {
              const { addMessage } = await import("/js/wall.js");
              JSON.parse(page).items.reverse().forEach(message => addMessage(message));
            }
            """,
            all
        );
        await older.ClickAsync();
        await Expect(cards).ToHaveCountAsync(24);
        await older.ClickAsync();
        await Expect(cards).ToHaveCountAsync(Messages);
        var texts = await cards.Locator(".card-text").AllTextContentsAsync();

        texts.ShouldBe(Enumerable.Range(0, Messages).Reverse().Select(i => $"{mark} {i}"));
    }

    [Fact]
    public async Task Messages_are_ordered_by_id_even_when_a_clock_was_set_back()
    {
        var mark = Unique("clock");
        using var client = Softy.CreateGatewayClient();
        await WriteAsync(client, $"{mark} first");
        await WriteAsync(client, $"{mark} second");
        await ExecuteAsync(
            $"UPDATE messages SET created_at = created_at - interval '1 day' WHERE text = '{mark} second'"
        );
        // The page in the Redis cache has the old time until the next write.
        await WriteAsync(client, $"{mark} third");
        await using var visitor = await ArriveAsync();

        var cards = visitor.Page.Locator("#messages .card", new() { HasText = mark });
        await Expect(cards.Locator(".card-text")).ToHaveTextAsync([$"{mark} third", $"{mark} second", $"{mark} first"]);
        await WriteAsync(client, $"{mark} fourth");
        await Expect(cards.Locator(".card-text"))
            .ToHaveTextAsync([$"{mark} fourth", $"{mark} third", $"{mark} second", $"{mark} first"]);
    }

    [Fact]
    public async Task A_page_that_is_left_open_does_not_grow_for_ever_and_loses_nothing()
    {
        const int Messages = 150;
        const int UntilRead = 100;
        var mark = Unique("many");
        await using var visitor = await ArriveAsync();
        var cards = visitor.Page.Locator("#messages .card");
        using var client = Softy.CreateGatewayClient();
        var allAreShown = await visitor.HoldRequestsAsync("**/api/messages?*");

        // After so many, the page reads the wall anew. All others arrive before the response.
        for (var i = 0; i < Messages; i++)
        {
            await WriteAsync(client, $"{mark} {i}.");
        }

        await Expect(visitor.Card($"{mark} {Messages - 1}.")).ToHaveCountAsync(1);
        allAreShown.SetResult();
        await Eventually.Async(
            async () => await cards.CountAsync() < Messages - UntilRead,
            "the list has only the page that was read, and what a cached page may lack"
        );
        var mine = cards.Filter(new() { HasText = mark });
        while (await mine.CountAsync() < Messages)
        {
            // The button disappears with the oldest message, so a second click must not begin before the first ends.
            var shown = await cards.CountAsync();
            await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Show older" }).ClickAsync();
            await Expect(cards).Not.ToHaveCountAsync(shown);
        }

        (await mine.Locator(".card-text").AllTextContentsAsync()).ShouldBe(
            Enumerable.Range(0, Messages).Reverse().Select(i => $"{mark} {i}.")
        );
    }

    [Fact]
    public async Task A_page_that_is_older_than_the_stream_takes_no_message_away_and_brings_no_deleted_one_back()
    {
        const int Arrivals = 100;
        var mark = Unique("fresh");
        await using var visitor = await ArriveAsync();
        using var client = Softy.CreateGatewayClient();
        var deleted = Unique("Deleted");
        await visitor.PostAsync("Ada", deleted);
        var old = await client.GetStringAsync("/api/messages?limit=12", Cancellation);
        old.ShouldContain(deleted);
        await visitor.Card(deleted).GetByRole(AriaRole.Button).ClickAsync();
        await Expect(visitor.Card(deleted)).ToHaveCountAsync(0);
        var answered = new TaskCompletionSource();
        await visitor.Page.RouteAsync(
            "**/api/messages?*",
            async route =>
            {
                await route.FulfillAsync(
                    new()
                    {
                        Body = old,
                        ContentType = "application/json",
                        Headers = new Dictionary<string, string>(StringComparer.Ordinal)
                        {
                            ["X-Softy-Instance"] = "api-1",
                        },
                    }
                );
                answered.TrySetResult();
            }
        );

        // After so many, the page reads the wall anew.
        for (var i = 0; i < Arrivals; i++)
        {
            await WriteAsync(client, $"{mark} {i}.");
        }

        await answered.Task.WaitAsync(Cancellation);
        await WriteAsync(client, $"{mark} at last.");
        await Expect(visitor.Card($"{mark} at last.")).ToBeVisibleAsync();
        var mine = visitor.Page.Locator("#messages .card .card-text", new() { HasText = mark });
        (await mine.AllTextContentsAsync()).ShouldBe([
            $"{mark} at last.",
            .. Enumerable.Range(0, Arrivals).Reverse().Select(i => $"{mark} {i}."),
        ]);
        await Expect(visitor.Card(deleted)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Each_message_runs_in_the_direction_of_its_script()
    {
        await using var visitor = await ArriveAsync();
        var hebrew = Unique("שלום עולם");
        var english = Unique("Hello");

        await visitor.PostAsync("דנה", hebrew);
        await visitor.PostAsync("Ada", english);

        await Expect(visitor.Card(hebrew).Locator(".card-text")).ToHaveCSSAsync("direction", "rtl");
        await Expect(visitor.Card(hebrew).Locator(".card-author")).ToHaveCSSAsync("direction", "rtl");
        await Expect(visitor.Card(english).Locator(".card-text")).ToHaveCSSAsync("direction", "ltr");
    }

    [Fact]
    public async Task A_failed_deletion_can_be_tried_again_also_with_a_screen_reader()
    {
        await using var visitor = await ArriveAsync();
        var text = Unique("Delete me");
        await visitor.PostAsync("Ada", text);
        await visitor.Page.RouteAsync("**/api/messages/*", route => route.AbortAsync());

        await visitor.Card(text).GetByRole(AriaRole.Button, new() { Name = "Delete your message" }).ClickAsync();
        var again = visitor.Card(text).GetByRole(AriaRole.Button, new() { Name = "Try again to delete your message" });
        await Expect(again).ToBeFocusedAsync();
        await Expect(visitor.Page.Locator("#announcer p").Last)
            .ToHaveTextAsync("The message was not deleted. Try again.");
        await visitor.Page.UnrouteAllAsync();
        await again.ClickAsync();

        await Expect(visitor.Card(text)).ToHaveCountAsync(0);
    }
}
