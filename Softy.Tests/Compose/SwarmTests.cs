using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Compose;

/// <summary>The stack file on a swarm. They take minutes: <c>./softy test --compose</c> runs them, a plain <c>./softy test</c> does not.</summary>
[Trait("Needs", "Swarm")]
public sealed class SwarmTests(ComposeApp compose, SwarmApp swarm) : ComposeTest(compose), IClassFixture<SwarmApp>
{
    public override async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            Output.WriteLine(await swarm.LogsAsync());
        }

        await base.DisposeAsync();
    }

    [Fact]
    public Task Requests_are_balanced_in_turn_and_not_connections() => swarm.Gateway.ShouldBalanceInTurnAsync(replicas: 3);

    [Fact]
    public async Task Replicas_are_replaced_without_a_failed_request()
    {
        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(swarm.Gateway.Address, stop.Token, connections: 16);
        try
        {
            await swarm.UpdateApiAsync("second");
            await swarm.Gateway.WaitForAsync(replicas: 3);
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }

        var result = await load;
        result.ShouldHaveNoFailures();
        var images = (await swarm.ContainersAsync()).Where(container => container.IsRunning).Select(container => container.Image);
        images.Where(image => image.Contains("/softy-api:", StringComparison.Ordinal)).ShouldBe(Enumerable.Repeat("127.0.0.1:5000/softy-api:second", 3));
        await swarm.Gateway.ShouldBalanceInTurnAsync(replicas: 3);
        Output.WriteLine($"{result.Succeeded} requests while every replica was replaced, {result.Retried} of them retried, none failed.");
    }
}
