using System.Net;

namespace Softy.Tests.Api;

/// <summary>A version can be rolled back: it starts on the schema of a newer one.</summary>
public sealed class RollbackTests(StoreServers stores) : ReplicaTest(stores)
{
    [Fact]
    public async Task A_replica_starts_on_a_schema_that_is_newer_and_says_so()
    {
        await using var newer = await StartAsync();
        await newer.ExecuteAsync(
            "INSERT INTO schema_migrations (number, name, checksum) VALUES (1000, '1000_future.sql', '')"
        );

        await using var older = await StartBesideAsync(newer, ("Instance:Name", "api-2"));

        older.Says("The schema is at 1000_future.sql, newer than the 0005_clean_up.sql of this version").ShouldBe(1);
        (await older.CreateMessageAsync("Older", "still works")).Text.ShouldBe("still works");
        (await newer.StatusAsync(HttpMethod.Get, "/api/messages")).ShouldBe(HttpStatusCode.OK);
    }
}
