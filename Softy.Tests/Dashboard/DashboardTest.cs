using System.Diagnostics;
using Microsoft.Playwright;
using Softy.Tests.Application;
using Softy.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Dashboard;

/// <summary>A test of the dashboard as a user sees it.</summary>
public abstract class DashboardTest(SharedApp softy, Browser browser) : SharedTest(softy)
{
    private IBrowserContext? _profile;

    /// <summary>In milliseconds: the dashboard shows data only after the services have exported it.</summary>
    protected const float Patience = 120_000;

    protected Browser Browser { get; } = browser;

    /// <summary>Opens the dashboard at the address that the AppHost prints.</summary>
    protected async Task<IPage> LogInAsync()
    {
        _profile = await Browser.NewProfileAsync(
            new()
            {
                ViewportSize = new() { Width = 1400, Height = 760 },
            }
        );
        var page = await _profile.NewPageAsync().WaitAsync(Browser.Patience);
        page.SetDefaultTimeout(Patience);
        await page.GotoAsync(Softy.DashboardLink.ToString());
        return page;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_profile is not null)
        {
            await Disposal.BoundedAsync("the profile", _profile.DisposeAsync);
        }

        GC.SuppressFinalize(this);
    }

    protected Task GoAsync(IPage page, string path) => page.GotoAsync(new Uri(Softy.DashboardAddress, path).ToString());

    protected static ILocator Row(IPage page, string resource) =>
        page.GetByRole(AriaRole.Row)
            .Filter(new() { Has = page.Locator(".resource-name-text").GetByText(resource, new() { Exact = true }) });

    /// <summary>The marks of a service in the list of traces, one for each trace in which it has spans.</summary>
    protected static ILocator Spans(IPage page, string service) =>
        page.Locator($".trace-service-tag[title^='{service}']");

    /// <summary>Opens a trace, down to the command that PostgreSQL received.</summary>
    protected static async Task OpenAsync(IPage page, ILocator trace)
    {
        await trace.Locator(".trace-name-container").ClickAsync();
        var command = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "postgresql" });
        await Expect(command.First).ToBeVisibleAsync(new() { Timeout = Patience });
    }

    protected static ILocator State(IPage page, string resource) =>
        Row(page, resource).Locator(".state-column-cell > span").First;

    protected static Task ShouldBeAsync(IPage page, string resource, string state) =>
        Expect(State(page, resource)).ToHaveTextAsync(state, new() { Timeout = Patience });

    /// <summary>Posts a message, which the API writes to PostgreSQL, and finds its trace in the list.</summary>
    protected async Task<ILocator> FindTraceAsync(IPage page)
    {
        using var content = new StringContent(
            """{"author":"Ada","text":"Hello from the first row!"}""",
            null,
            "application/json"
        );
        var trace = (await FindTraceAsync(page, "/api/messages", content))
            .Filter(new() { Has = Spans(page, "gateway") })
            .Filter(new() { Has = Spans(page, "api-") })
            .Filter(new() { Has = Spans(page, "softydb") });
        await Expect(trace).ToBeVisibleAsync(new() { Timeout = Patience });
        return trace;
    }

    /// <summary>
    /// Sends a request, and finds its trace in the list, which shows only the first of all traces.
    /// </summary>
    protected async Task<ILocator> FindTraceAsync(IPage page, string path, HttpContent? content = null)
    {
        using var client = Softy.CreateGatewayClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        var trace = ActivityTraceId.CreateRandom();
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var response = await client.SendAsync(request, Cancellation);
        response.EnsureSuccessStatusCode();

        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "POST /api/" });
        await OpenTracesAsync(page, $"trace.traceid:equals:{trace}", row);
        return row;
    }

    /// <summary>
    /// Opens the list of traces, and waits for something in it. An open list does not always show traces that arrive
    /// later, so it is opened again and again.
    /// </summary>
    protected Task OpenTracesAsync(IPage page, string filter, ILocator expected) =>
        Eventually.Async(
            async () =>
            {
                await GoAsync(page, $"/traces?filters={filter}");
                try
                {
                    await expected.WaitForAsync(new() { Timeout = 10_000 });
                    return true;
                }
                catch (TimeoutException)
                {
                    return false;
                }
            },
            $"the list of traces with {filter} shows it"
        );
}
