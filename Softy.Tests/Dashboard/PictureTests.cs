using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Softy.Tests.Application;
using Softy.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Dashboard;

/// <summary>
/// Takes the pictures of the dashboard that are in <c>docs/</c>, which show every resource running and a request as one
/// trace through gateway, replica and PostgreSQL. They are written to the folder in the environment
/// variable <c>SOFTY_PICTURES</c>, or beside the tests without it.
/// </summary>
public sealed partial class PictureTests(SharedApp softy, Browser browser) : DashboardTest(softy, browser)
{
    private static readonly string[] _resources =
    [
        "postgres",
        "softydb",
        "redis",
        "api-1",
        "api-2",
        "api-3",
        "web",
        "gateway",
    ];
    private static readonly string[] _spares = ["api-4", SharedApp.UnusedSpare];

    [Fact]
    public async Task Pictures_show_resources_a_trace_and_the_graph()
    {
        var page = await LogInAsync();
        foreach (var resource in _resources)
        {
            // The text of an unhealthy resource ends with "(Unhealthy)".
            await ShouldBeAsync(page, resource, "Running");
        }

        foreach (var spare in _spares)
        {
            // Another test may have started and stopped the resource.
            await Expect(State(page, spare)).ToHaveTextAsync(NotRunning(), new() { Timeout = Patience });
        }

        await Expect(page.Locator(".resource-name-text")).ToHaveCountAsync(_resources.Length + _spares.Length);
        await TakeAsync(page, "dashboard-resources");

        await OpenAsync(page, await FindTraceAsync(page));
        await TakeAsync(page, "dashboard-trace");

        await GoAsync(page, "/?view=Graph");
        await Expect(page.Locator(".resource-graph .resource-group"))
            .ToHaveCountAsync(_resources.Length + _spares.Length, new() { Timeout = Patience });
        await page.EvaluateAsync(Settled);
        await TakeAsync(page, "dashboard-graph");
    }

    // The nodes of the graph move until their layout is stable. The page's Content-Security-Policy does not allow
    // Playwright's WaitForFunction.
    private const string Settled = """
        async () => {
            for (let last = ""; ;) {
                await new Promise(resolve => setTimeout(resolve, 300));
                const places = [...document.querySelectorAll(".resource-graph .resource-group")]
                    .map(n => n.getAttribute("transform"))
                    .join();
                if (places === last) return;
                last = places;
            }
        }
        """;

    private static async Task TakeAsync(IPage page, string name)
    {
        var folder =
            Environment.GetEnvironmentVariable("SOFTY_PICTURES") ?? Path.Combine(AppContext.BaseDirectory, "pictures");
        var path = Path.Combine(folder, $"{name}.png");
        await page.ScreenshotAsync(new() { Path = path, Animations = ScreenshotAnimations.Disabled });
        new FileInfo(path).Length.ShouldBeGreaterThan(10_000);
    }

    [GeneratedRegex("^(?:Not ?started|Exited|Finished)$", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotRunning();
}
