using System.Collections.Concurrent;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>A visitor with the page open, and the errors that their browser reported.</summary>
public sealed class Visitor(IBrowserContext profile, IPage page) : IAsyncDisposable
{
    // The page requests the greeting, the visits and the wall.
    private const int RequestsOnArrival = 3;

    private readonly ConcurrentQueue<string> _complaints = new();

    public IPage Page => page;

    /// <summary>Violations of the security policy, and script errors.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>The field for the author of a new message.</summary>
    public ILocator Author => page.GetByLabel("Your name");

    /// <summary>The field for the text of a new message.</summary>
    public ILocator Text => page.GetByLabel("Message", new() { Exact = true });

    public ILocator PostButton => page.GetByRole(AriaRole.Button, new() { Name = "Post it" });

    /// <summary>The replicas' numbers in the strip, oldest first.</summary>
    public async Task<IReadOnlyList<string>> StripAsync() => await page.Locator("#strip .bead").AllTextContentsAsync();

    public ILocator Lane(string replica) => page.Locator($".lane[data-replica='{replica}']");

    /// <summary>
    /// Opens the page, and waits until it shows the greeting and everything else, and until all its requests are
    /// answered: the live stream may deliver the visits before the response to the page's own request.
    /// </summary>
    public static async Task<Visitor> ArriveAsync(
        Browser browser,
        Uri address,
        BrowserNewContextOptions? options = null
    )
    {
        var profile = await browser.NewProfileAsync(options);
        var page = await profile.NewPageAsync().WaitAsync(Browser.Patience);
        var visitor = new Visitor(profile, page);
        page.PageError += (_, error) => visitor._complaints.Enqueue(error);
        await page.ExposeFunctionAsync("reportViolation", (string violation) => visitor._complaints.Enqueue(violation))
            .WaitAsync(Browser.Patience);
        await page.AddInitScriptAsync(
                """
                addEventListener("securitypolicyviolation", e =>
                    reportViolation(`${e.violatedDirective} blocked ${e.blockedURI}`));
                """
            )
            .WaitAsync(Browser.Patience);

        await page.GotoAsync(address.ToString());
        await Expect(page.Locator("#hero")).ToHaveAttributeAsync("data-state", "answered");
        await Expect(page.Locator("#visits-total")).Not.ToHaveTextAsync("–");
        await Expect(page.Locator("#wall-state")).Not.ToHaveTextAsync("Reading the wall …");
        await Expect(page.Locator("#connection")).ToHaveAttributeAsync("data-state", "live");
        await Expect(page.Locator("#strip .bead").Nth(RequestsOnArrival - 1)).ToBeAttachedAsync();

        return visitor;
    }

    /// <summary>Posts a message, and waits until it is visible.</summary>
    public async Task PostAsync(string author, string text)
    {
        await Author.FillAsync(author);
        await Text.FillAsync(text);
        await PostButton.ClickAsync();
        await Expect(Card(text)).ToBeVisibleAsync();
    }

    /// <summary>Holds back the page's requests to an address until the result is completed.</summary>
    public async Task<TaskCompletionSource> HoldRequestsAsync(string pattern)
    {
        var release = new TaskCompletionSource();
        await page.RouteAsync(
            pattern,
            async route =>
            {
                await release.Task;
                await route.ContinueAsync();
            }
        );
        return release;
    }

    public ILocator Card(string text) => page.Locator("#messages .card", new() { HasText = text });

    public ValueTask DisposeAsync() => Disposal.BoundedAsync("the profile", profile.DisposeAsync);
}
