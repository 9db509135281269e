using Npgsql;

namespace Softy.Tests.Api;

/// <summary>Any number of replicas share the connections that the server accepts.</summary>
public sealed class PoolTests(StoreServers stores) : ReplicaTest(stores)
{
    [Fact]
    public async Task A_replica_uses_its_share_of_the_connections_and_warns_when_it_is_too_small()
    {
        await using var replica = await StartAsync(
            ("Stores:ConnectionShareInterval", "00:00:00.100"),
            ("Stores:PostgresTimeout", "00:00:10")
        );
        var created = await replica.CreateMessageAsync("Before", "the rush");
        (await CountConnectionsInRushAsync(replica, created.Id, expected: 16)).ShouldBe(16);

        // Closes pooled connections of earlier tests, which the replica would count as used by others.
        NpgsqlConnection.ClearAllPools();

        // Opens the connections of 19 more replicas.
        var others = new List<NpgsqlConnection>();
        for (var n = 0; n < 19; n++)
        {
            others.Add(await replica.ConnectAsync(applicationName: $"softy-api other-{n}"));
        }

        // Twenty replicas share 200 connections, less three that are reserved. Each keeps two for other purposes than
        // requests.
        (await CountConnectionsInRushAsync(replica, created.Id, expected: 7)).ShouldBe(7);
        replica.Says("too few for").ShouldBe(0);

        for (var n = 19; n < 79; n++)
        {
            others.Add(await replica.ConnectAsync(applicationName: $"softy-api other-{n}"));
        }

        await Eventually.Async(
            () => replica.Says("too few for [0-9]+ replicas with 4 each") == 1,
            "the replica says that they do not fit"
        );
        await replica.ExecuteAsync("SELECT pg_sleep(0.5)");
        replica.Says("too few for").ShouldBe(1);
        foreach (var other in others)
        {
            await other.DisposeAsync();
        }

        (await CountConnectionsInRushAsync(replica, created.Id, expected: 16)).ShouldBe(16);
    }

    /// <summary>
    /// Sends more concurrent requests than the replica has database connections, and counts the connections in use.
    /// </summary>
    private static async Task<long> CountConnectionsInRushAsync(Replica replica, string id, int expected)
    {
        var most = 0L;
        await Eventually.Async(
            async () =>
            {
                most = 0;
                await using var connection = await replica.ConnectAsync();
                await using var transaction = await connection.BeginTransactionAsync(Cancellation);
                await using (var command = new NpgsqlCommand("LOCK TABLE messages", connection, transaction))
                {
                    await command.ExecuteNonQueryAsync(Cancellation);
                }

                var asking = Enumerable
                    .Range(0, 40)
                    .Select(_ => replica.StatusAsync(HttpMethod.Get, $"/api/messages/{id}"))
                    .ToArray();
                for (var look = 0; look < 20 && most < expected; look++)
                {
                    await replica.ExecuteAsync("SELECT pg_sleep(0.1)");
                    most = Math.Max(most, await CountAsync(replica));
                }

                await replica.ExecuteAsync("SELECT pg_sleep(0.2)");
                most = Math.Max(most, await CountAsync(replica));
                await transaction.RollbackAsync(Cancellation);
                await Task.WhenAll(asking);
                return most == expected;
            },
            $"{expected} statements are under way at once",
            TimeSpan.FromSeconds(20)
        );
        return most;
    }

    private static async Task<long> CountAsync(Replica replica) =>
        (long)
            (
                await replica.ExecuteAsync(
                    $"""
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = '{replica.Name}' AND wait_event_type = 'Lock'
                    """
                )
            )!;
}
