using Softy.Tests.Application;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Compose;

/// <summary>What ends is started again, and what was written stays.</summary>
[Trait("Category", "Deployment")]
public sealed class RecoveryTests(ComposeApp compose) : ComposeTest(compose)
{
    [Fact]
    public async Task A_replica_that_crashes_fails_no_request_and_is_started_again()
    {
        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(Compose.Gateway.Address, stop.Token, connections: 16);
        var victim = (await Compose.ContainersAsync("api"))[0];
        try
        {
            await Engine.CrashAsync(victim);
            await Eventually.Async(
                async () => (await FindAsync(victim.Id)).Restarts == victim.Restarts + 1,
                "the engine has started the replica again",
                TimeSpan.FromMinutes(1)
            );
            await Compose.WaitUntilHealthyAsync(replicas: 3);
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }

        var result = await load;
        result.ShouldHaveNoFailures();
        await Compose.Gateway.ShouldBalanceInTurnAsync(replicas: 3);
        Output.WriteLine(
            $"{result.Succeeded} requests while a replica crashed and came back, {result.Retried} of them retried, "
                + "none failed."
        );
    }

    [Fact]
    public async Task Messages_and_visits_outlive_a_restart_and_the_containers()
    {
        var written = new Written();
        using (var client = Compose.Gateway.CreateClient())
        {
            await written.WriteAsync(client);
        }

        await Compose.ComposeAsync("restart");
        await ShouldBeKeptAsync();

        await Compose.ComposeAsync("down");
        (await Compose.ContainersAsync()).ShouldBeEmpty();
        await Compose.ComposeAsync("up", "--detach");
        await ShouldBeKeptAsync();

        async Task ShouldBeKeptAsync()
        {
            await Compose.WaitUntilHealthyAsync(replicas: 3);
            using var client = Compose.Gateway.CreateClient();
            await written.ShouldBeThereAsync(client);
        }
    }

    private async Task<Container> FindAsync(string id) =>
        (await Compose.ContainersAsync("api")).Single(container => container.Id == id);
}
