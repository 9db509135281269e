using System.Globalization;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>Load balancing as the page shows it.</summary>
public sealed class BalancerTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    [Fact]
    public async Task The_greeting_comes_from_the_api()
    {
        await using var visitor = await ArriveAsync();

        await Expect(visitor.Page.Locator("h1#dynamic-content")).ToHaveTextAsync("Hello, World!");
        await Expect(visitor.Page.Locator("#answered")).ToContainTextAsync("answered in");
    }

    [Fact]
    public async Task Asking_again_is_answered_by_the_next_replica()
    {
        await using var visitor = await ArriveAsync();
        var before = (await visitor.StripAsync()).Count;

        await AskAgainAsync(visitor.Page);
        await AskAgainAsync(visitor.Page);

        var numbers = (await visitor.StripAsync())
            .Skip(before)
            .Select(number => int.Parse(number, CultureInfo.InvariantCulture))
            .ToList();
        // The page may have loaded the wall once more, if the live stream was slow to open.
        numbers.Count.ShouldBeInRange(2, 3);
        numbers.ShouldAllBe(number => number >= 1 && number <= 3);
        numbers.Skip(1).ShouldBe(numbers.SkipLast(1).Select(number => (number % 3) + 1));
        await Expect(visitor.Page.Locator("#orb-number"))
            .ToHaveTextAsync(numbers[^1].ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_hundred_requests_reach_three_replicas_in_turn()
    {
        await using var visitor = await ArriveAsync();

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Send 100 requests" }).ClickAsync();
        await Expect(visitor.Page.Locator("#figure-answered")).ToHaveTextAsync("100 of 100");

        var strip = await visitor.StripAsync();
        strip.Count.ShouldBe(100);
        strip.Skip(3).ShouldBe(strip.Take(97), "request n + 3 must be answered by whoever answered request n");
        strip.GroupBy(number => number).Select(group => group.Count()).OrderDescending().ShouldBe([34, 33, 33]);
        var tallies = await visitor.Page.Locator("#figure-counts .tally").AllInnerTextsAsync();
        tallies.Count.ShouldBe(3);
        await Expect(visitor.Page.Locator("#figure-fairness")).ToHaveTextAsync("1");
        await Expect(visitor.Page.Locator("#figure-order")).ToContainTextAsync("repeating");
        await Expect(visitor.Page.Locator("#announcer")).ToContainTextAsync("100 of 100 requests answered");
    }

    [Fact]
    public async Task Sixteen_at_a_time_are_shared_out_evenly_too()
    {
        await using var visitor = await ArriveAsync();

        await visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "16" }).CheckAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Send 100 requests" }).ClickAsync();
        await Expect(visitor.Page.Locator("#figure-answered")).ToHaveTextAsync("100 of 100");

        await Expect(visitor.Page.Locator("#figure-fairness")).ToHaveTextAsync("1");
    }

    [Fact]
    public async Task The_policy_is_named_and_explained()
    {
        await using var visitor = await ArriveAsync();

        await Expect(visitor.Page.Locator("#policy-name")).ToHaveTextAsync("Round robin");
        await Expect(visitor.Page.Locator("#policy-text"))
            .ToHaveTextAsync("Each request goes to the next replica in turn.");
    }

    [Fact]
    public async Task The_page_shows_a_replica_stop_and_start_and_no_request_fails()
    {
        await using var visitor = await ArriveAsync();
        await Expect(visitor.Lane("api-2")).ToHaveAttributeAsync("data-health", "healthy");

        await Softy.CommandAsync("api-2", "stop", Cancellation);
        // The replica has announced its shutdown, so the page removes it instead of showing it as unhealthy.
        await Expect(visitor.Lane("api-2")).ToHaveCountAsync(0);
        await Expect(visitor.Lane("api-1")).ToHaveAttributeAsync("data-health", "healthy");
        await Expect(visitor.Lane("api-3")).ToHaveAttributeAsync("data-health", "healthy");

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Send 100 requests" }).ClickAsync();
        await Expect(visitor.Page.Locator("#figure-answered")).ToHaveTextAsync("100 of 100");
        (await visitor.StripAsync()).ShouldAllBe(number => number == "1" || number == "3");
        await Expect(visitor.Page.Locator("#hero")).ToHaveAttributeAsync("data-state", "answered");
        await Expect(visitor.Page.Locator("#composer-error")).ToBeEmptyAsync();
        await Expect(visitor.Page.Locator("#connection")).ToHaveAttributeAsync("data-state", "live");

        await Softy.CommandAsync("api-2", "start", Cancellation);
        await Expect(visitor.Lane("api-2")).ToHaveAttributeAsync("data-health", "healthy");
        visitor.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task With_no_replica_left_the_page_says_so_and_recovers_by_itself()
    {
        string[] replicas = ["api-1", "api-2", "api-3"];
        await using var visitor = await ArriveAsync();

        foreach (var replica in replicas)
        {
            await Softy.CommandAsync(replica, "stop", Cancellation);
        }

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Ask again" }).ClickAsync();
        await Expect(visitor.Page.Locator("#hero")).ToHaveAttributeAsync("data-state", "unanswered");
        await Expect(visitor.Page.Locator("#dynamic-content")).ToHaveTextAsync("Nobody is answering.");
        foreach (var replica in replicas)
        {
            // The replica has announced its shutdown, so the page removes it.
            await Expect(visitor.Lane(replica)).ToHaveCountAsync(0);
        }

        foreach (var replica in replicas)
        {
            await Softy.CommandAsync(replica, "start", Cancellation);
        }

        await Expect(visitor.Page.Locator("#dynamic-content")).ToHaveTextAsync("Hello, World!");
        foreach (var replica in replicas)
        {
            await Expect(visitor.Lane(replica)).ToHaveAttributeAsync("data-health", "healthy");
        }
    }

    /// <summary>Requests the greeting, and waits until the page shows the answer.</summary>
    private static async Task AskAgainAsync(IPage page)
    {
        var answer = await page.RunAndWaitForResponseAsync(
            () => page.GetByRole(AriaRole.Button, new() { Name = "Ask again" }).ClickAsync(),
            response => response.Url.EndsWith("/api/hello", StringComparison.Ordinal)
        );
        var number = answer.Headers["x-softy-instance"].Split('-')[^1];
        await Expect(page.Locator("#orb-number")).ToHaveTextAsync(number);
    }
}
