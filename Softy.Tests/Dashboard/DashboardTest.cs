using System.Net;
using Microsoft.Playwright;
using Softy.Tests.Application;
using Softy.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Dashboard;

/// <summary>A test of the dashboard as a user sees it.</summary>
public abstract class DashboardTest(SharedApp softy, Browser browser) : SharedTest(softy)
{
    /// <summary>In milliseconds: what the dashboard shows is there when it has been told, and not before.</summary>
    protected const float Patience = 120_000;

    protected Browser Browser { get; } = browser;

    /// <summary>Opens the dashboard by the address that the AppHost prints.</summary>
    protected async Task<IPage> LogInAsync()
    {
        var profile = await Browser.NewProfileAsync(new() { ViewportSize = new() { Width = 1400, Height = 760 } });
        var page = await profile.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        await page.GotoAsync(Softy.DashboardLink.ToString());
        return page;
    }

    protected Task GoAsync(IPage page, string path) => page.GotoAsync(new Uri(Softy.DashboardAddress, path).ToString());

    protected static ILocator Row(IPage page, string resource) => page.GetByRole(AriaRole.Row)
        .Filter(new() { Has = page.Locator(".resource-name-text").GetByText(resource, new() { Exact = true }) });

    /// <summary>In the list of traces, the mark of a service that has spans in one.</summary>
    protected static ILocator Spans(IPage page, string service) => page.Locator($".trace-service-tag[title^='{service}']");

    /// <summary>Shows the traces of posted requests: of all traces, only the first ones are in the page.</summary>
    protected async Task GoToPostsAsync(IPage page)
    {
        await GoAsync(page, "/traces");
        await page.GetByRole(AriaRole.Searchbox).First.FillAsync("POST /api");
        await Expect(page.Locator(".trace-name-content mark").First).ToBeVisibleAsync(new() { Timeout = Patience });
        // The newest are at the end, and only what is in view is in the page.
        await page.Locator(".continuous-scroll-overflow").EvaluateAsync("area => area.scrollTop = area.scrollHeight");
    }

    /// <summary>Opens a trace, down to the command that PostgreSQL got.</summary>
    protected static async Task OpenAsync(IPage page, ILocator trace)
    {
        await trace.Locator(".trace-name-container").ClickAsync();
        var command = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "postgresql" });
        await Expect(command.First).ToBeVisibleAsync(new() { Timeout = Patience });
    }

    protected static ILocator State(IPage page, string resource) => Row(page, resource).Locator(".state-column-cell > span").First;

    protected static Task ShouldBeAsync(IPage page, string resource, string state) =>
        Expect(State(page, resource)).ToHaveTextAsync(state, new() { Timeout = Patience });

    /// <summary>
    /// Asks for messages, which the API reads from PostgreSQL, until the dashboard has shown the trace of one.
    /// </summary>
    protected async Task<ILocator> FindTraceAsync(IPage page)
    {
        using var client = Softy.CreateGatewayClient();
        for (var n = 0; n < 6; n++)
        {
            using var message = new StringContent($$"""{"author":"Ada","text":"Message {{n}}"}""", null, "application/json");
            using var response = await client.PostAsync("/api/messages", message, Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.Created);
        }

        await GoToPostsAsync(page);
        var trace = page.GetByRole(AriaRole.Row)
            .Filter(new() { Has = Spans(page, "gateway") })
            .Filter(new() { Has = Spans(page, "api-") })
            .Filter(new() { Has = Spans(page, "postgres") })
            .First;
        await Expect(trace).ToBeVisibleAsync(new() { Timeout = Patience });
        return trace;
    }
}
