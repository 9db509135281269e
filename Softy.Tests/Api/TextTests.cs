using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Softy.Tests.Api;

/// <summary>Which texts are valid, and how they are stored.</summary>
public sealed class TextTests(StoreServers stores) : ReplicaTest(stores)
{
    [Fact]
    public async Task Texts_may_have_several_lines_and_need_a_visible_character()
    {
        await using var replica = await StartAsync();

        (await replica.CreateMessageAsync("Poet", "  one\r\ntwo\rthree\n\nfour \n ")).Text.ShouldBe(
            "one\ntwo\nthree\n\nfour"
        );
        (await replica.CreateMessageAsync("👩‍👩‍👧", "e\u0301")).Author.ShouldBe("👩‍👩‍👧");

        await ShouldBeRefusedAsync("Line\nbreak", "text", "author", "Author must not contain control characters.");
        await ShouldBeRefusedAsync(
            "Tab",
            "a\tb",
            "text",
            "Text must not contain control characters other than line breaks."
        );
        await ShouldBeRefusedAsync(
            "Bell",
            "a\ab",
            "text",
            "Text must not contain control characters other than line breaks."
        );
        foreach (
            var nothing in new[]
            {
                "\u200b",
                "\u200d\u2060\ufeff",
                "\u3164",
                "\u2800\u2800",
                "\u00ad",
                "\u202e",
                "\u200b\n\u200b",
            }
        )
        {
            await ShouldBeRefusedAsync("Nobody", nothing, "text", "Text must have a visible character.");
        }

        // A request that differs only in its line ends counts as the same request, and text that moves from one field
        // to the other makes a different one.
        using var first = await replica.PostMessageAsync("Key", "a\r\nb", "one key");
        using var again = await replica.PostMessageAsync("Key", "a\nb", "one key");
        using var other = await replica.PostMessageAsync("Key", "a b", "one key");
        (first.StatusCode, again.StatusCode, other.StatusCode).ShouldBe(
            (HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.UnprocessableEntity)
        );

        async Task ShouldBeRefusedAsync(string author, string text, string member, string error)
        {
            using var response = await replica.PostMessageAsync(author, text);
            response.StatusCode.ShouldBe(HttpStatusCode.BadRequest, $"{author} {text}");
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
            problem.GetProperty("errors").GetProperty(member)[0].GetString().ShouldBe(error);
        }
    }

    [Fact]
    public async Task A_wildcard_beside_other_origins_ends_the_start_with_the_reason()
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(() =>
            StartAsync(("Cors:Origins", "*,https://example.org"))
        );

        failure.Message.ShouldContain("Cors:Origins has '*', which allows every origin, and others");
    }
}
