using System.Net;
using System.Text.RegularExpressions;
using Softy.Tests.Application;
using Softy.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Dashboard;

/// <summary>The dashboard shows every resource with its links and commands.</summary>
public sealed partial class ResourceTests(SharedApp softy, Browser browser) : DashboardTest(softy, browser)
{
    [Fact]
    public async Task Resources_have_links_that_say_what_they_lead_to()
    {
        using var client = new HttpClient();
        var page = await LogInAsync();
        foreach (
            var (resource, text, path) in new[]
            {
                ("gateway", "Softy", ""),
                ("gateway", "Status", "gateway/status"),
                ("gateway", "OpenAPI", "openapi/v1.json"),
                ("api-1", "OpenAPI", "openapi/v1.json"),
                ("web", "Files", ""),
            }
        )
        {
            App.ResourceNotifications.TryGetCurrentState(resource, out var state).ShouldBeTrue();
            var link = state!.Snapshot.Urls.Single(url => url.DisplayProperties.DisplayName == text);
            link.Url.TrimEnd('/').ShouldBe(new Uri(App.GetEndpoint(resource, "http"), path).ToString().TrimEnd('/'));
            using var response = await client.GetAsync(link.Url, Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);

            await Row(page, resource).Locator(".resource-name-text").ClickAsync();
            // The list hides links for which its column is too narrow, and has them before the details.
            await Expect(page.Locator($"a[href='{link.Url}']").GetByText(text).Filter(new() { Visible = true }).First)
                .ToBeVisibleAsync(new() { Timeout = Patience });
        }
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
}
