using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>
/// The page is accessible: by the rules of axe, by keyboard, on narrow screens, and without JavaScript.
/// </summary>
public sealed class AccessibilityTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    [Theory]
    [InlineData(ColorScheme.Light, 320)]
    [InlineData(ColorScheme.Dark, 1280)]
    public async Task Axe_finds_nothing(ColorScheme scheme, int width)
    {
        await using var visitor = await ArriveAsync(
            new()
            {
                ColorScheme = scheme,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new() { Width = width, Height = 900 },
            }
        );
        await visitor.PostAsync("Ada", Unique("A message with a button"));
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Send 100 requests" }).ClickAsync();
        await Expect(visitor.Page.Locator("#figure-answered")).ToHaveTextAsync("100 of 100");
        await visitor.PostButton.ClickAsync();
        await Expect(visitor.Page.Locator("#text-error")).Not.ToBeEmptyAsync();

        (await Axe.ViolationsAsync(visitor.Page)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(320)]
    [InlineData(1280)]
    public async Task Text_has_the_sites_font_and_a_margin(int width)
    {
        await using var visitor = await ArriveAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = 800 },
            }
        );

        var font = await visitor.Page.EvaluateAsync<string>("getComputedStyle(document.body).fontFamily");
        font.ShouldEndWith("sans-serif");
        foreach (var text in new[] { "h1#dynamic-content", "#answered", "h2 >> nth=0" })
        {
            (await visitor.Page.Locator(text).BoundingBoxAsync())!.X.ShouldBeGreaterThanOrEqualTo(16, text);
        }
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_on_the_page_for_unknown_addresses(ColorScheme scheme)
    {
        await using var profile = await Browser.NewProfileAsync(new() { ColorScheme = scheme });
        var page = await profile.NewPageAsync();
        var response = await page.GotoAsync(new Uri(Softy.GatewayAddress, "/no/such/page").ToString());

        response!.Status.ShouldBe(404);
        (await Axe.ViolationsAsync(page)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(320)]
    [InlineData(1440)]
    public async Task Every_touch_target_is_large_enough(int width)
    {
        await using var visitor = await ArriveAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = 900 },
            }
        );
        await visitor.PostAsync("Ada", Unique("A message with a button"));

        var small = await visitor.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll("a, button, input, textarea")]
              .filter(node => node.checkVisibility() && !node.matches(".skip"))
              .map(node => ({ node, box: node.getBoundingClientRect() }))
              .filter(({ box }) => Math.min(box.width, box.height) < 24)
              .map(({ node, box }) => `${node.outerHTML.slice(0, 80)}: ${box.width} x ${box.height}`)
            """
        );

        small.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(320)]
    [InlineData(768)]
    [InlineData(2560)]
    public async Task The_page_never_scrolls_sideways(int width)
    {
        await using var visitor = await ArriveAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = 800 },
            }
        );
        await visitor.PostAsync(
            "A-name-of-sixty-four-characters-without-a-single-place-to-break",
            Unique(new string('w', 1960))
        );

        (
            await visitor.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth")
        ).ShouldBeLessThanOrEqualTo(0);
    }

    [Fact]
    public async Task A_keyboard_is_enough()
    {
        await using var visitor = await ArriveAsync();
        var keyboard = visitor.Page.Keyboard;

        await keyboard.PressAsync("Tab");
        await Expect(visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to the balancer" })).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await keyboard.PressAsync("Tab");
        await Expect(visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "1", Exact = true })).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowRight");
        await Expect(visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "2", Exact = true })).ToBeCheckedAsync();
        await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Page.Locator("#figure-answered")).ToHaveTextAsync("100 of 100");
    }

    [Fact]
    public async Task A_chosen_theme_is_kept()
    {
        await using var visitor = await ArriveAsync(new() { ColorScheme = ColorScheme.Light });

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Use the dark theme" }).ClickAsync();
        await visitor.Page.ReloadAsync();

        await Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Use the light theme" }))
            .ToBeVisibleAsync();
    }

    [Fact]
    public async Task Without_JavaScript_the_page_says_what_still_works()
    {
        await using var profile = await Browser.NewProfileAsync(new() { JavaScriptEnabled = false });
        var page = await profile.NewPageAsync();
        await page.GotoAsync(Softy.GatewayAddress.ToString());

        await Expect(page.GetByText("needs JavaScript")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Link, new() { Name = "/api/hello", Exact = true }).ClickAsync();
        await Expect(page.Locator("body")).ToHaveTextAsync("Hello, World!");
    }
}
