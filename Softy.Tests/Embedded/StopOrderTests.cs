namespace Softy.Tests.Embedded;

/// <summary>Resources go down in the order opposite to the one in which they came up.</summary>
public sealed class StopOrderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_others_wait_for_stops_after_them()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        var store = builder.AddExecutable("store", "sleep", ".", "600");
        var service = builder.AddExecutable("service", "sleep", ".", "600").WaitFor(store);
        builder.AddExecutable("front", "sleep", ".", "600").WaitFor(service);
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("front", Cancellation);

        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var order = ListEndsAsync(app, stopped.Token);
        await app.StopAsync(Cancellation);

        (await order).ShouldBe(["front", "service", "store"]);
    }

    private static async Task<List<string>> ListEndsAsync(DistributedApplication app, CancellationToken cancellationToken)
    {
        var order = new List<string>();
        await foreach (var change in app.ResourceNotifications.WatchAsync(cancellationToken))
        {
            if (change.Snapshot.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text))
            {
                order.Add(change.Resource.Name);
            }

            if (order.Count == 3)
            {
                break;
            }
        }

        return order;
    }
}
