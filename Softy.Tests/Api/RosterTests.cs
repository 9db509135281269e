using System.Net.Http.Json;

namespace Softy.Tests.Api;

/// <summary>
/// Containers get a new name each time they are created. Their visits are kept, but their names are forgotten.
/// </summary>
public sealed class RosterTests(StoreServers stores) : ReplicaTest(stores)
{
    private static readonly (string, string)[] _quick =
    [
        ("Visits:ForgetAfter", "00:00:02"),
        ("Visits:SnapshotInterval", "00:00:00.100"),
    ];

    [Fact]
    public async Task Visits_of_replicas_that_are_gone_are_counted_together()
    {
        await using var stays = await StartAsync(_quick);
        await CountAsync(stays, 3);
        for (var n = 0; n < 3; n++)
        {
            await using var replaced = await StartBesideAsync(stays, [.. _quick, ("Instance:Name", $"f3a9c0d1e2b{n}")]);
            await CountAsync(replaced, 2);
        }

        await Eventually.Async(async () => (await GetAsync(stays)).Instances.Count == 2, "the names are gone");
        var totals = await GetAsync(stays);
        totals.Total.ShouldBe(9);
        totals.Instances["api-1"].ShouldBe(3);
        totals.Instances["earlier replicas"].ShouldBe(6);
        await Eventually.Async(
            async () => await stays.ExecuteAsync("SELECT count(*) = 2 AND sum(count) = 9 FROM visits") is true,
            "the snapshot has forgotten them, too"
        );

        // A replica that returns after its visits were merged continues, and no visit counts twice.
        await using var returns = await StartBesideAsync(stays, [.. _quick, ("Instance:Name", "f3a9c0d1e2b0")]);
        await CountAsync(returns, 1);
        (await GetAsync(returns)).Total.ShouldBe(10);

        // The names stay forgotten when Redis loses its data.
        await Eventually.Async(
            async () => await stays.ExecuteAsync("SELECT sum(count) = 10 FROM visits") is true,
            "the snapshot has the last visit"
        );
        await stays.AskRedisAsync("FLUSHDB");
        await Eventually.Async(
            async () =>
                (await GetAsync(stays)) is { Total: 10 } restored && !restored.Instances.ContainsKey("f3a9c0d1e2b1"),
            "the counts are restored"
        );
    }

    private static async Task CountAsync(Replica replica, int visits)
    {
        for (var n = 0; n < visits; n++)
        {
            await replica.StatusAsync(HttpMethod.Post, "/api/visits");
        }
    }

    private static async Task<VisitTotals> GetAsync(Replica replica) =>
        (await replica.Client.GetFromJsonAsync<VisitTotals>("/api/visits", Cancellation))!;
}
