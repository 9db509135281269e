using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Softy.Tests.Web;

/// <summary>
/// What the page says while a part of the application fails: nothing old is shown as current, the words are helpful,
/// the focus stays, axe finds nothing, and everything is as before when the failure is over.
/// </summary>
public sealed class FailureTests(PageApp softy, Browser browser) : WebTest(softy, browser)
{
    private const int Narrowest = 320;

    [Fact]
    public async Task Without_Redis_the_visits_are_marked_as_outdated_and_messages_still_work()
    {
        await using var visitor = await ArriveNarrowAsync();
        var visits = visitor.Page.Locator("#visits");
        var state = visitor.Page.Locator("#visits-state");
        var before = await visitor.Page.Locator("#visits-total").TextContentAsync();

        await Softy.KillAsync("redis", Cancellation);
        try
        {
            await Expect(visits).ToHaveAttributeAsync("data-outdated", "");
            await Expect(state).ToContainTextAsync("The counter does not answer. These are the last known numbers.");
            await Expect(visitor.Page.Locator("#visits-total")).ToHaveTextAsync(before!);
            await visitor.PostAsync("Ada", Unique("Without Redis"));
            await ShouldLookWellAsync(visitor);

            // A page that opens now has no numbers at all, or the last ones that its replica knows.
            await visitor.Page.ReloadAsync();
            await Expect(state).ToContainTextAsync("The counter does not answer.");
            await ShouldLookWellAsync(visitor);
        }
        finally
        {
            await Softy.StartAsync("redis", Cancellation);
        }

        await Expect(state).ToBeHiddenAsync();
        await Expect(visits).Not.ToHaveAttributeAsync("data-outdated", "");
        await Expect(visitor.Page.Locator("#visits-total")).Not.ToHaveTextAsync(before!);
        visitor.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task While_the_database_is_read_only_a_message_is_kept_to_be_posted_later()
    {
        await using var visitor = await ArriveNarrowAsync();
        var error = visitor.Page.Locator("#composer-error");
        var text = Unique("While read-only");

        await SetReadOnlyAsync("on");
        try
        {
            await visitor.Author.FillAsync("Ada");
            await visitor.Text.FillAsync(text);
            await visitor.PostButton.FocusAsync();
            await visitor.Page.Keyboard.PressAsync("Enter");

            await Expect(error)
                .ToHaveTextAsync(
                    "Not posted: the wall takes no messages right now. Your text is still here: post it again shortly."
                );
            await Expect(visitor.Text).ToHaveValueAsync(text);
            await Expect(visitor.PostButton).ToBeFocusedAsync();
            await ShouldLookWellAsync(visitor);
        }
        finally
        {
            await SetReadOnlyAsync("off");
        }

        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Card(text)).ToHaveCountAsync(1);
        await Expect(error).ToBeEmptyAsync();
        await Expect(visitor.Text).ToBeFocusedAsync();
        visitor.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task While_the_gateway_hangs_everything_live_is_marked_as_outdated()
    {
        await using var visitor = await ArriveNarrowAsync();
        var connection = visitor.Page.Locator("#connection");
        var lanes = visitor.Page.Locator("#lanes");
        var visits = visitor.Page.Locator("#visits");
        var states = visitor.Page.Locator("#lanes-state, #visits-state, #wall-state");

        try
        {
            await Softy.FreezeAsync("gateway", Cancellation);
            await Expect(lanes).ToHaveAttributeAsync("data-outdated", "");
            await Expect(visits).ToHaveAttributeAsync("data-outdated", "");
            await Expect(states)
                .ToContainTextAsync([
                    "The gateway does not send its status. These are the last known numbers.",
                    "There is no connection to the counter. These are the last known numbers.",
                    "New messages do not arrive right now.",
                ]);
            await ShouldLookWellAsync(visitor);
            // In the width of a phone, the button is beside the longest state and not below it.
            await Expect(connection).ToHaveTextAsync("reconnecting");
            var state = await connection.BoundingBoxAsync();
            var button = await visitor.Page.Locator("#theme").BoundingBoxAsync();
            button!.Y.ShouldBeLessThan(state!.Y + state.Height);
        }
        finally
        {
            await Softy.ThawAsync("gateway");
        }

        await Expect(lanes).Not.ToHaveAttributeAsync("data-outdated", "");
        await Expect(visits).Not.ToHaveAttributeAsync("data-outdated", "");
        foreach (var text in await states.AllAsync())
        {
            await Expect(text).ToBeHiddenAsync();
        }

        await Expect(connection).ToHaveTextAsync("live");
    }

    private Task<Visitor> ArriveNarrowAsync() =>
        ArriveAsync(
            new()
            {
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new() { Width = Narrowest, Height = 640 },
            }
        );

    /// <summary>Nothing sticks out of the page, and axe finds nothing, whether light or dark.</summary>
    private static async Task ShouldLookWellAsync(Visitor visitor)
    {
        (
            await visitor.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth")
        ).ShouldBeLessThanOrEqualTo(0);
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await visitor.Page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            (await Axe.ViolationsAsync(visitor.Page)).ShouldBeEmpty(scheme.ToString());
        }
    }

    /// <summary>Lets every session, also those that are open, refuse or accept changes.</summary>
    private async Task SetReadOnlyAsync(string value)
    {
        await ExecuteAsync($"ALTER SYSTEM SET default_transaction_read_only = {value}");
        await ExecuteAsync("SELECT pg_reload_conf()");
        // The server only begins to reload. It tells the open sessions before it opens another one.
        await Eventually.Async(
            async () => await QueryAsync("SHOW default_transaction_read_only") is string current && current == value,
            $"the setting is {value}"
        );
    }
}
