namespace Softy.Tests.Api;

/// <summary>The greeting is a setting of each replica that can change while it runs.</summary>
public sealed class GreetingTests(StoreServers stores) : ReplicaTest(stores)
{
    [Fact]
    public async Task The_greeting_follows_its_setting_and_keeps_the_last_valid_one()
    {
        var folder = Directory.CreateTempSubdirectory("softy-greeting-");
        try
        {
            var file = Path.Combine(folder.FullName, "appsettings.json");
            await SayAsync(file, "Привет, мир! 🎉");
            await using var replica = await StartAsync(("ASPNETCORE_CONTENTROOT", folder.FullName));
            (await replica.Client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("Привет, мир! 🎉");

            await SayAsync(file, "Hello again");
            await Eventually.Async(
                async () => await replica.Client.GetStringAsync("/api/hello", Cancellation) == "Hello again",
                "the greeting has changed"
            );

            await SayAsync(file, "   ");
            await Eventually.Async(
                () => replica.Says("The greeting stays as it was. Greeting:Message is empty") > 0,
                "the replica says what is wrong"
            );
            (await replica.Client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("Hello again");

            await SayAsync(file, "Right again");
            await Eventually.Async(
                async () => await replica.Client.GetStringAsync("/api/hello", Cancellation) == "Right again",
                "the greeting has changed"
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_invalid_greeting_ends_the_start_with_the_reason()
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(() =>
            StartAsync(("Greeting:Message", new string('x', 1001)))
        );

        failure.Message.ShouldContain("Greeting:Message has 1001 characters; it must have at most 1000.");
    }

    private static async Task SayAsync(string file, string message)
    {
        // Replaces the file atomically, so that the replica never reads half of it.
        await File.WriteAllTextAsync($"{file}.new", $$"""{ "Greeting": { "Message": "{{message}}" } }""", Cancellation);
        File.Move($"{file}.new", file, overwrite: true);
    }
}
