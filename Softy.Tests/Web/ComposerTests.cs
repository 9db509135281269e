using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>The form that posts messages, and what it says about errors.</summary>
public sealed class ComposerTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    [Fact]
    public async Task An_input_error_is_shown_beside_its_field()
    {
        await using var visitor = await ArriveAsync();
        var author = visitor.Author;
        var text = visitor.Text;
        var post = visitor.PostButton;

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
    public async Task An_error_of_the_API_is_shown_beside_its_field()
    {
        await using var visitor = await ArriveAsync();
        // The request passes the page's own check, so that the API rejects it.
        await visitor.Page.RouteAsync(
            "**/api/messages",
            async route =>
                await route.ContinueAsync(
                    new() { PostData = """{"author":"","text":"from a page that checks less"}"""u8.ToArray() }
                )
        );

        await visitor.Author.FillAsync("Ada");
        await visitor.Text.FillAsync("Hello");
        await visitor.PostButton.ClickAsync();

        await Expect(visitor.Page.Locator("#author-error")).Not.ToBeEmptyAsync();
        await Expect(visitor.Author).ToBeFocusedAsync();
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

        await visitor.Author.FillAsync("Ada");
        await visitor.Text.FillAsync(text);
        await visitor.PostButton.ClickAsync();
        await Expect(visitor.Page.Locator("#composer-error")).ToContainTextAsync("post it again");
        await visitor.PostButton.ClickAsync();
        await Expect(visitor.Text).ToHaveValueAsync("");
        await visitor.Page.ReloadAsync();

        await Expect(visitor.Card(text)).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task What_is_written_while_a_message_is_posted_is_kept()
    {
        await using var visitor = await ArriveAsync();
        var first = Unique("First");
        var second = Unique("Second");
        var isWritten = await visitor.HoldRequestsAsync("**/api/messages");

        await visitor.Author.FillAsync("Ada");
        await visitor.Text.FillAsync(first);
        await visitor.PostButton.ClickAsync();
        await visitor.Text.FillAsync(second);
        isWritten.SetResult();

        await Expect(visitor.Card(first)).ToBeVisibleAsync();
        await Expect(visitor.PostButton).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await Expect(visitor.Text).ToHaveValueAsync(second);
        await visitor.PostButton.ClickAsync();
        await Expect(visitor.Card(second)).ToBeVisibleAsync();
        await Expect(visitor.Text).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Characters_are_counted_as_the_api_counts_them_and_lines_are_kept()
    {
        await using var visitor = await ArriveAsync();
        var author = string.Concat(Enumerable.Repeat("🎉", 64));
        var line = Unique("🎉");
        var text = line + "\n" + string.Concat(Enumerable.Repeat("🎉", 1999 - line.EnumerateRunes().Count()));

        await visitor.Text.FillAsync(text);
        await Expect(visitor.Page.Locator("#text-count")).ToHaveTextAsync("0 characters left");
        await visitor.Author.FillAsync(author);
        await visitor.PostButton.ClickAsync();

        var card = visitor.Card(line);
        await Expect(card.Locator(".card-author")).ToHaveTextAsync(author);
        (await card.Locator(".card-text").InnerTextAsync()).ShouldBe(text);
    }

    [Fact]
    public async Task An_invisible_text_is_not_sent()
    {
        await using var visitor = await ArriveAsync();
        await visitor.Author.FillAsync("\u200b\u2060");
        await visitor.Text.FillAsync(" \u200d \u3164");
        await visitor.PostButton.ClickAsync();

        await Expect(visitor.Page.Locator("#author-error")).ToHaveTextAsync("Say who you are.");
        await Expect(visitor.Page.Locator("#text-error")).ToHaveTextAsync("Write something first.");
    }

    [Fact]
    public async Task What_is_announced_twice_is_spoken_twice()
    {
        await using var visitor = await ArriveAsync();

        await visitor.PostAsync("Ada", Unique("Once"));
        await visitor.PostAsync("Ada", Unique("And once more"));

        // A screen reader speaks elements that are added to the region, but not an unchanged text.
        await Expect(visitor.Page.Locator("#announcer p", new() { HasText = "Message posted." })).ToHaveCountAsync(2);
    }
}
