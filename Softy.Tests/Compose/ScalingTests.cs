using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Compose;

/// <summary>Replicas come and go while clients keep asking.</summary>
[Trait("Category", "Deployment")]
public sealed class ScalingTests(ComposeApp compose) : ComposeTest(compose)
{
    private const int Connections = 16;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Compose.ScaleAsync(3);
        await Compose.WaitUntilHealthyAsync(replicas: 3);
    }

    [Fact]
    public Task Three_replicas_answer_in_turn() => Compose.Gateway.ShouldBalanceInTurnAsync(replicas: 3);

    [Fact]
    public async Task New_replicas_are_found_and_old_ones_leave_without_a_failed_request()
    {
        var old = (await Compose.ContainersAsync("api")).Select(replica => replica.Id).ToArray();

        var growth = await ScaleUnderLoadAsync(5);
        growth.ShouldHaveNoFailures();
        foreach (var replica in (await Compose.ContainersAsync("api")).ExceptBy(old, replica => replica.Id))
        {
            // Due within two seconds; here is what a machine may need that has other things to do besides.
            var delay = growth.FirstAnswers[replica.HostName] - replica.HealthySince;
            delay.ShouldBeLessThan(TimeSpan.FromSeconds(10));
            Output.WriteLine(
                $"A new replica first answered {delay.TotalSeconds:0.0} s after the engine called it healthy."
            );
        }

        await Compose.Gateway.ShouldBalanceInTurnAsync(replicas: 5);

        var shrinking = await ScaleUnderLoadAsync(2);
        shrinking.ShouldHaveNoFailures();
        await Compose.Gateway.ShouldBalanceInTurnAsync(replicas: 2);
        Output.WriteLine(
            $"{growth.Succeeded} requests while 3 replicas became 5, {shrinking.Succeeded} while 5 became 2, "
                + "none failed."
        );
    }

    private async Task<LoadResult> ScaleUnderLoadAsync(int replicas)
    {
        using var stop = new CancellationTokenSource();
        var result = new LoadResult();
        var load = Load.RunUntilAsync(Compose.Gateway.Address, stop.Token, Connections, result: result);
        try
        {
            await Compose.ScaleAsync(replicas);
            await Compose.WaitUntilHealthyAsync(replicas);
            var names = (await Compose.ContainersAsync("api")).Select(replica => replica.HostName).ToArray();
            await Eventually.Async(
                () => Task.FromResult(names.All(result.Instances.ContainsKey)),
                "every replica has answered",
                TimeSpan.FromSeconds(30)
            );
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }

        return result;
    }
}
