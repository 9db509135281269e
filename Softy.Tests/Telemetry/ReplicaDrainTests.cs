using Softy.Tests.Application;

namespace Softy.Tests.Telemetry;

/// <summary>A replica stops within the time that the orchestrator allows, so that it is not killed.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class ReplicaDrainTests(TelemetryApp softy) : ApplicationTest(softy)
{
    private const string Replica = "api-1";

    [Fact]
    public async Task A_replica_with_readers_ends_by_itself()
    {
        using var client = App.CreateHttpClient(Replica, "http");
        await using var first = await client.GetStreamAsync("/api/live", Cancellation);
        await using var second = await client.GetStreamAsync("/api/live", Cancellation);
        // The replica sends its first event at once, so the stream is open.
        (await first.ReadAsync(new byte[1], Cancellation)).ShouldBe(1);

        await Softy.CommandAsync(Replica, KnownResourceCommands.StopCommand, Cancellation);
        try
        {
            App.ResourceNotifications.TryGetCurrentState(Replica, out var ended).ShouldBeTrue();
            ended!.Snapshot.ExitCode.ShouldBe(0);
        }
        finally
        {
            await Softy.CommandAsync(Replica, KnownResourceCommands.StartCommand, Cancellation);
            await App.ResourceNotifications.WaitForResourceHealthyAsync(Replica, Cancellation);
            await Softy.WaitUntilAllTakeTurnsAsync(3, Cancellation);
        }
    }
}
