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
    public async Task A_script_in_a_message_stays_text()
    {
        const string Markup = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">";
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
        await visitor.Page.RouteAsync("**/api/messages", async route => await route.ContinueAsync(
            new() { PostData = """{"author":"","text":"from a page that checks less"}"""u8.ToArray() }));

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
        await visitor.Page.RouteAsync("**/api/messages", async route =>
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
        });

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
            using var response = await client.PostAsync(
                "/api/messages",
                new StringContent($$"""{"author":"Ada","text":"{{mark}} {{i}}"}""", System.Text.Encoding.UTF8, "application/json"),
                Cancellation);
            response.EnsureSuccessStatusCode();
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
}
