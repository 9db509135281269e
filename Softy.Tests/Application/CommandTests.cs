namespace Softy.Tests.Application;

/// <summary>A replica can be stopped, started and restarted while the others answer.</summary>
public sealed class CommandTests(SoftyApp softy) : ApplicationTest(softy), IClassFixture<SoftyApp>
{
    [Fact]
    public async Task A_stopped_replica_is_done_without_until_it_is_started_again()
    {
        using var client = Softy.CreateGatewayClient();
        await UntilAllAnswerAsync(client);

        await Softy.CommandAsync("api-2", "stop", Cancellation);
        App.ResourceNotifications.TryGetCurrentState("api-2", out var stopped).ShouldBeTrue();
        KnownResourceStates.TerminalStates.ShouldContain(stopped!.Snapshot.State!.Text);
        await Eventually.Async(
            async () =>
            {
                var names = await InstancesAsync(client);
                names.ShouldNotContain("api-2");
                return names.Length == 2;
            },
            "the others answer");

        await Softy.CommandAsync("api-2", "start", Cancellation);
        await App.ResourceNotifications.WaitForResourceHealthyAsync("api-2", Cancellation);
        await UntilAllAnswerAsync(client);
    }

    [Fact]
    public async Task A_restarted_replica_is_another_process_with_the_same_name()
    {
        using var client = Softy.CreateGatewayClient();
        await UntilAllAnswerAsync(client);
        using var replica = App.CreateHttpClient("api-3", "http");
        var before = await replica.GetStringAsync("/api/instance", Cancellation);

        await Softy.CommandAsync("api-3", "restart", Cancellation);
        await App.ResourceNotifications.WaitForResourceHealthyAsync("api-3", Cancellation);

        using var again = App.CreateHttpClient("api-3", "http");
        var after = await again.GetStringAsync("/api/instance", Cancellation);
        StartedAt(after).ShouldBeGreaterThan(StartedAt(before));
        await UntilAllAnswerAsync(client);
    }

    [Fact]
    public async Task A_command_that_is_not_there_fails_and_says_so()
    {
        var unknownCommand = await App.ResourceCommands.ExecuteCommandAsync("api-1", "dance", Cancellation);
        unknownCommand.Success.ShouldBeFalse();
        unknownCommand.Message!.ShouldContain("dance");

        var unknownResource = await App.ResourceCommands.ExecuteCommandAsync("api-9", "stop", Cancellation);
        unknownResource.Success.ShouldBeFalse();
        unknownResource.Message!.ShouldContain("api-9");
    }

    private static DateTimeOffset StartedAt(string instance)
    {
        using var json = System.Text.Json.JsonDocument.Parse(instance);
        return json.RootElement.GetProperty("startedAt").GetDateTimeOffset();
    }

    private static async Task<string[]> InstancesAsync(HttpClient client)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (var n = 0; n < 12; n++)
        {
            using var response = await client.GetAsync("/api/hello", Cancellation);
            response.EnsureSuccessStatusCode();
            names.Add(response.Headers.GetValues("X-Softy-Instance").Single());
        }

        return [.. names];
    }

    // The gateway's probes find out about a replica that is back, in their own time.
    private static Task<TimeSpan> UntilAllAnswerAsync(HttpClient client) =>
        Eventually.Async(async () => (await InstancesAsync(client)).Length == 3, "all replicas answer");
}
