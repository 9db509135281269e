using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Softy.Pictures;

/// <summary>Takes screenshots of the site.</summary>
internal sealed class SiteScreenshots(IBrowser browser, Uri site)
{
    private static readonly TimeSpan _pauseBetweenRequests = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _frame = TimeSpan.FromMilliseconds(450);

    private static readonly (string Author, string Text)[] _messages =
    [
        ("Barbara", "I stopped api-2 while posting this. Nothing happened, which is the point."),
        ("Edsger", "Round robin draws stripes. Random does not. Now I have seen it."),
        ("Grace", "Which replica took this? I could not tell, and neither could the database."),
        ("Ada", "Hello from the back row!"),
    ];

    /// <summary>Posts a few messages, so that the wall is not empty.</summary>
    public async Task PostMessagesAsync()
    {
        await using var profile = await browser.NewContextAsync();
        foreach (var (author, text) in _messages)
        {
            var response = await profile.APIRequest.PostAsync(
                new Uri(site, "/api/messages").ToString(),
                new() { DataObject = new { author, text } }
            );
            if (!response.Ok)
            {
                throw new InvalidOperationException(
                    $"{site} did not take a message: {response.Status} {await response.TextAsync()}"
                );
            }
        }
    }

    /// <summary>Captures the top of the page after a hundred requests.</summary>
    public async Task<byte[]> CapturePageAsync(ColorScheme scheme, int width, int height)
    {
        await using var profile = await browser.NewContextAsync(
            new()
            {
                ColorScheme = scheme,
                DeviceScaleFactor = width < 500 ? 2 : 1,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new() { Width = width, Height = height },
            }
        );
        var page = await OpenAsync(profile);
        await StartBurstAsync(page);
        await Expect(page.Locator("#figure-answered")).ToHaveTextAsync("100 of 100", new() { Timeout = 30_000 });
        await page.EvaluateAsync("scrollTo(0, 0)");

        return await page.ScreenshotAsync();
    }

    /// <summary>Records the balancer during a hundred requests, slowed down to be visible.</summary>
    public async Task<byte[]> RecordBalancerAsync()
    {
        await using var profile = await browser.NewContextAsync(
            new()
            {
                ColorScheme = ColorScheme.Light,
                ViewportSize = new() { Width = 1080, Height = 1500 },
            }
        );
        var page = await OpenAsync(profile);
        await page.RouteAsync(
            "**/api/hello",
            async route =>
            {
                await Task.Delay(_pauseBetweenRequests);
                await route.ContinueAsync();
            }
        );

        var film = new AnimatedPng(_frame);
        // Reserves space for all rows from the start, because all frames must have the same size.
        await page.EvaluateAsync("document.getElementById('strip').style.minHeight = '9.6rem'");
        var place =
            await page.Locator("#balancer").BoundingBoxAsync()
            ?? throw new InvalidOperationException("The balancer is not on the page.");
        var hint =
            await page.Locator("#strip-hint").BoundingBoxAsync()
            ?? throw new InvalidOperationException("The strip is not on the page.");
        var clip = new PageScreenshotOptions
        {
            Clip = new()
            {
                X = place.X,
                Y = place.Y,
                Width = place.Width,
                Height = hint.Y - place.Y,
            },
        };
        await StartBurstAsync(page);
        using var ticks = new PeriodicTimer(_frame);
        do
        {
            film.Add(await page.ScreenshotAsync(clip));
            await ticks.WaitForNextTickAsync();
        } while (await page.Locator("#figure-answered").TextContentAsync() != "100 of 100");
        film.Add(await page.ScreenshotAsync(clip), TimeSpan.FromSeconds(3), atFront: true);

        return film.ToArray();
    }

    private async Task<IPage> OpenAsync(IBrowserContext profile)
    {
        var page = await profile.NewPageAsync();
        await page.GotoAsync(site.ToString());
        await Expect(page.Locator("#hero")).ToHaveAttributeAsync("data-state", "answered");
        await Expect(page.Locator(".lane").First).ToBeVisibleAsync();
        await Expect(page.Locator("#visits-total")).Not.ToHaveTextAsync("–");

        return page;
    }

    private static Task StartBurstAsync(IPage page) =>
        page.GetByRole(AriaRole.Button, new() { Name = "Send 100 requests" }).ClickAsync();
}
