using System.Net;
using System.Text.RegularExpressions;
using Softy.Tests.Application;
using Softy.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Dashboard;

/// <summary>The dashboard shows every resource with its logs and commands.</summary>
public sealed partial class ResourceTests(SharedApp softy, Browser browser) : DashboardTest(softy, browser)
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
    private static readonly string[] _spares = ["api-4", "api-5"];

    [Fact]
    public async Task Every_resource_runs_and_is_healthy()
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
    }

    [Theory]
    [InlineData("gateway", "Softy", "")]
    [InlineData("gateway", "Status", "gateway/status")]
    [InlineData("gateway", "OpenAPI", "openapi/v1.json")]
    [InlineData("api-1", "OpenAPI", "openapi/v1.json")]
    [InlineData("web", "Files", "")]
    public async Task Resources_have_links_that_say_what_they_lead_to(string resource, string text, string path)
    {
        App.ResourceNotifications.TryGetCurrentState(resource, out var state).ShouldBeTrue();
        var link = state!.Snapshot.Urls.Single(url => url.DisplayProperties.DisplayName == text);
        link.Url.TrimEnd('/').ShouldBe(new Uri(App.GetEndpoint(resource, "http"), path).ToString().TrimEnd('/'));
        using var client = new HttpClient();
        using var response = await client.GetAsync(link.Url, Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);

        var page = await LogInAsync();
        await Row(page, resource).Locator(".resource-name-text").ClickAsync();

        // The list hides links for which its column is too narrow, and has them before the details.
        await Expect(page.Locator($"a[href='{link.Url}']").GetByText(text).Filter(new() { Visible = true }).First)
            .ToBeVisibleAsync(new() { Timeout = Patience });
    }

    [Fact]
    public async Task Console_logs_have_the_lines_of_the_resource()
    {
        // The page shows the end of the log. It contains the first lines of a replica only after a restart.
        await Softy.CommandAsync("api-1", KnownResourceCommands.RestartCommand, Cancellation);
        await Softy.WaitUntilHealthyAsync("api-1", Cancellation);
        var page = await LogInAsync();

        await Row(page, "api-1").GetByTitle("Console logs").ClickAsync();

        var address = App.GetEndpoint("api-1", "http").ToString().TrimEnd('/');
        await Expect(page.GetByText($"Now listening on: {address}").Last)
            .ToBeVisibleAsync(new() { Timeout = Patience });
    }

    [Fact]
    public async Task A_replica_is_stopped_and_started_by_its_buttons_while_the_gateway_carries_on()
    {
        using var client = Softy.CreateGatewayClient();
        var page = await LogInAsync();
        await ShouldBeAsync(page, "api-2", "Running");

        await Row(page, "api-2").GetByTitle("Stop resource", new() { Exact = true }).ClickAsync();
        await Expect(State(page, "api-2")).ToHaveTextAsync(Ended(), new() { Timeout = Patience });
        for (var n = 0; n < 30; n++)
        {
            using var response = await client.GetAsync("/api/hello", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Headers.GetValues("X-Softy-Instance").ShouldHaveSingleItem().ShouldBeOneOf("api-1", "api-3");
        }

        await Row(page, "api-2").GetByTitle("Start resource", new() { Exact = true }).ClickAsync();
        await ShouldBeAsync(page, "api-2", "Running");
        await Softy.WaitUntilHealthyAsync("api-2", Cancellation);
    }

    [Fact]
    public async Task Secrets_are_masked_in_the_details()
    {
        var secrets = await Softy.SecretsAsync(Cancellation);
        var page = await LogInAsync();
        foreach (
            var (resource, property) in new[]
            {
                ("softydb", "Connection string"),
                ("api-1", "ConnectionStrings__softydb"),
            }
        )
        {
            await Row(page, resource).Locator(".resource-name-text").ClickAsync();
            await Expect(page.GetByText(property).First).ToBeVisibleAsync(new() { Timeout = Patience });

            var shown = WebUtility.HtmlDecode(await page.ContentAsync());
            foreach (var (name, secret) in secrets)
            {
                shown.ShouldNotContain(secret, Case.Sensitive, $"{resource} shows {name}");
            }
        }
    }

    [GeneratedRegex("^(?:Exited|Finished)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ended();

    [GeneratedRegex("^(?:Not ?started|Exited|Finished)$", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotRunning();
}
