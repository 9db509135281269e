using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using Softy.Tests.Application;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>The message wall and the visits, in one browser and in two.</summary>
public sealed class WallTests(SharedApp softy, Browser browser) : WebTest(softy, browser)
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
    public async Task One_browser_sees_the_visit_of_another()
    {
        await using var ada = await ArriveAsync();
        var before = await ada.Page.Locator("#visits-total").TextContentAsync();

        await using var grace = await ArriveAsync();

        await Expect(ada.Page.Locator("#visits-total")).Not.ToHaveTextAsync(before!);
    }

    [Fact]
    public async Task Visits_of_replicas_that_are_gone_come_last_and_take_no_replicas_number()
    {
        // The API counts them so after a week.
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
    public async Task What_is_wrong_is_said_beside_the_field()
    {
        await using var visitor = await ArriveAsync();
        var author = visitor.Page.GetByLabel("Your name");
        var text = visitor.Page.GetByLabel("Message", new() { Exact = true });
        var post = visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Post it" });

        await post.ClickAsync();
        await Expect(author).ToHaveAccessibleDescriptionAsync("Say who you are.");
        await Expect(author).ToBeFocusedAsync();
        await Expect(visitor.Page.Locator("#text-error")).ToHaveTextAsync("Write something first.");

        await author.FillAsync("Ada");
        await text.FillAsync(new string('x', 2001));
        await Expect(visitor.Page.Locator("#text-count")).ToHaveTextAsync("1 character too many");
        await post.ClickAsync();
        await Expect(visitor.Page.Locator("#text-error")).ToContainTextAsync("At most 2000 characters");
        await Expect(text).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(visitor.Page.Locator("#author-error")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task What_the_api_refuses_is_said_beside_the_field()
    {
        await using var visitor = await ArriveAsync();
        // Past the page's own check, the API's answer has to arrive at the field.
        await visitor.Page.RouteAsync(
            "**/api/messages",
            async route =>
                await route.ContinueAsync(
                    new() { PostData = """{"author":"","text":"from a page that checks less"}"""u8.ToArray() }
                )
        );

        await visitor.Page.GetByLabel("Your name").FillAsync("Ada");
        await visitor.Page.GetByLabel("Message", new() { Exact = true }).FillAsync("Hello");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Post it" }).ClickAsync();

        await Expect(visitor.Page.Locator("#author-error")).Not.ToBeEmptyAsync();
        await Expect(visitor.Page.GetByLabel("Your name")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_post_whose_answer_is_lost_is_posted_once()
    {
        await using var visitor = await ArriveAsync();
        var text = Unique("Only once");
        var lost = 0;
        await visitor.Page.RouteAsync(
            "**/api/messages",
            async route =>
            {
                if (route.Request.Method == "POST" && Interlocked.Exchange(ref lost, 1) == 0)
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

        await visitor.Page.GetByLabel("Your name").FillAsync("Ada");
        await visitor.Page.GetByLabel("Message", new() { Exact = true }).FillAsync(text);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Post it" }).ClickAsync();
        await Expect(visitor.Page.Locator("#composer-error")).ToContainTextAsync("post it again");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Post it" }).ClickAsync();
        await Expect(visitor.Page.GetByLabel("Message", new() { Exact = true })).ToHaveValueAsync("");
        await visitor.Page.ReloadAsync();

        await Expect(visitor.Card(text)).ToHaveCountAsync(1);
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
        await older.ClickAsync();
        await Expect(cards).ToHaveCountAsync(24);
        await older.ClickAsync();
        await Expect(cards).ToHaveCountAsync(Messages);
        var texts = await cards.Locator(".card-text").AllTextContentsAsync();

        texts.ShouldBe(Enumerable.Range(0, Messages).Reverse().Select(i => $"{mark} {i}"));
    }

    [Fact]
    public async Task Order_goes_by_ids_where_a_clock_was_set_back()
    {
        var mark = Unique("clock");
        using var client = Softy.CreateGatewayClient();
        await WriteAsync(client, $"{mark} first");
        await WriteAsync(client, $"{mark} second");
        await ExecuteAsync(
            $"UPDATE messages SET created_at = created_at - interval '1 day' WHERE text = '{mark} second'"
        );
        // The page that Redis keeps has the old time until somebody writes.
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
        var mark = Unique("many");
        await using var visitor = await ArriveAsync();
        using var client = Softy.CreateGatewayClient();
        for (var i = 0; i < Messages; i++)
        {
            await WriteAsync(client, $"{mark} {i}.");
        }

        await Expect(visitor.Card($"{mark} {Messages - 1}.")).ToHaveCountAsync(1);
        await Eventually.Async(
            async () => await visitor.Page.Locator("#messages .card").CountAsync() < Messages,
            "the list is cut back"
        );
        var mine = visitor.Page.Locator("#messages .card", new() { HasText = mark });
        while (await mine.CountAsync() < Messages)
        {
            await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Show older" }).ClickAsync();
        }

        (await mine.Locator(".card-text").AllTextContentsAsync()).ShouldBe(
            Enumerable.Range(0, Messages).Reverse().Select(i => $"{mark} {i}.")
        );
    }

    [Fact]
    public async Task A_page_that_is_older_than_the_stream_takes_no_message_away()
    {
        const int Arrivals = 100;
        var mark = Unique("fresh");
        await using var visitor = await ArriveAsync();
        using var client = Softy.CreateGatewayClient();
        var old = await client.GetStringAsync("/api/messages?limit=12", Cancellation);
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
    }

    [Fact]
    public async Task Characters_are_counted_as_the_api_counts_them_and_lines_are_kept()
    {
        await using var visitor = await ArriveAsync();
        var author = string.Concat(Enumerable.Repeat("🎉", 64));
        var line = Unique("🎉");
        var text = line + "\n" + string.Concat(Enumerable.Repeat("🎉", 1999 - line.EnumerateRunes().Count()));

        await visitor.Page.GetByLabel("Message", new() { Exact = true }).FillAsync(text);
        await Expect(visitor.Page.Locator("#text-count")).ToHaveTextAsync("0 characters left");
        await visitor.Page.GetByLabel("Your name").FillAsync(author);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Post it" }).ClickAsync();

        var card = visitor.Card(line);
        await Expect(card.Locator(".card-author")).ToHaveTextAsync(author);
        (await card.Locator(".card-text").InnerTextAsync()).ShouldBe(text);
    }

    [Fact]
    public async Task A_text_that_nobody_could_see_is_not_sent()
    {
        await using var visitor = await ArriveAsync();
        await visitor.Page.GetByLabel("Your name").FillAsync("\u200b\u2060");
        await visitor.Page.GetByLabel("Message", new() { Exact = true }).FillAsync(" \u200d \u3164");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Post it" }).ClickAsync();

        await Expect(visitor.Page.Locator("#author-error")).ToHaveTextAsync("Say who you are.");
        await Expect(visitor.Page.Locator("#text-error")).ToHaveTextAsync("Write something first.");
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
    public async Task What_is_announced_twice_is_spoken_twice()
    {
        await using var visitor = await ArriveAsync();

        await visitor.PostAsync("Ada", Unique("Once"));
        await visitor.PostAsync("Ada", Unique("And once more"));

        // A screen reader speaks what is added to the region, not a text that is what it was.
        await Expect(visitor.Page.Locator("#announcer p", new() { HasText = "Message posted." })).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task A_deletion_that_failed_can_be_tried_again_also_by_those_who_only_hear_of_it()
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
