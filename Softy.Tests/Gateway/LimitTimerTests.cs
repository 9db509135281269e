using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The timers of rate limits. Runs alone, because timers can only be counted for the whole process.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LimitTimerTests
{
    private const string Name = "timers";

    [Fact]
    public async Task Limits_that_change_leave_no_timers_behind()
    {
        await using var backends = await Backend.StartSeveralAsync(1);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Limits:RequestsPerSecondPerClient", "1000")
        );
        await gateway.AskAsync(10);

        var before = Timer.ActiveCount;
        for (var i = 0; i < 100; i++)
        {
            gateway.Change(
                ("Gateway:Limits:RequestsPerSecondPerClient", $"{2000 + i}"),
                ("Gateway:Limits:MaxConcurrentRequests", $"{10 + i}")
            );
            await gateway.AskAsync(1);
        }

        var grown = Timer.ActiveCount - before;
        Output.WriteLine($"{grown} more timers after 100 changes of the limits.");
        grown.ShouldBeLessThan(50);
    }
}
