using System.Globalization;
using System.Net;

namespace Softy.Tests.Application;

/// <summary>Strict round robin: request n goes to replica n mod N, however many clients there are.</summary>
public abstract class BalancingTests(SoftyApp softy, int replicas) : ApplicationTest(softy)
{
    private const int Rounds = 100;

    [Fact]
    public async Task One_connection_visits_the_replicas_in_a_fixed_cycle()
    {
        await Softy.WaitUntilAllTakeTurnsAsync(replicas, Cancellation);
        using var client = Softy.CreateGatewayClient();

        ShouldBeCyclic(await SendAsync(_ => client, Rounds * replicas));
    }

    [Fact]
    public async Task Fresh_connections_visit_the_replicas_in_a_fixed_cycle()
    {
        await Softy.WaitUntilAllTakeTurnsAsync(replicas, Cancellation);
        ShouldBeCyclic(await SendAsync(
            _ =>
            {
                var client = Softy.CreateGatewayClient();
                client.DefaultRequestHeaders.ConnectionClose = true;
                return client;
            },
            Rounds * replicas));
    }

    [Fact]
    public async Task Many_connections_at_once_give_every_replica_the_same_number()
    {
        const int Connections = 64;
        const int Requests = 30_000;

        await Softy.WaitUntilAllTakeTurnsAsync(replicas, Cancellation);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, UseProxy = false })
        {
            BaseAddress = Softy.GatewayAddress,
        };
        var counts = new int[replicas + 1];
        await Parallel.ForAsync(
            0,
            Requests,
            new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = Cancellation },
            async (_, cancellationToken) =>
            {
                using var response = await client.GetAsync("/api/hello", cancellationToken);
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
                Interlocked.Increment(ref counts[NumberOf(response)]);
            });

        counts.Sum().ShouldBe(Requests);
        (counts[1..].Max() - counts[1..].Min()).ShouldBeLessThanOrEqualTo(1, string.Join(", ", counts[1..]));
    }

    private static int NumberOf(HttpResponseMessage response)
    {
        var name = response.Headers.GetValues("X-Softy-Instance").ShouldHaveSingleItem();
        name.ShouldStartWith("api-");
        return int.Parse(name["api-".Length..], CultureInfo.InvariantCulture);
    }

    private static async Task<int[]> SendAsync(Func<int, HttpClient> clientFor, int requests)
    {
        var order = new int[requests];
        for (var n = 0; n < requests; n++)
        {
            using var response = await clientFor(n).GetAsync("/api/hello/instance", Cancellation);
            order[n] = NumberOf(response);
            (await response.Content.ReadAsStringAsync(Cancellation)).ShouldBe($"Hello, World {order[n]}!");
        }

        return order;
    }

    private void ShouldBeCyclic(int[] order)
    {
        for (var n = 0; n < order.Length; n++)
        {
            var expected = ((order[0] - 1 + n) % replicas) + 1;
            order[n].ShouldBe(expected, $"request {n} of {string.Join(' ', order.Take(n + 1).TakeLast(2 * replicas))}");
        }

        order.CountBy(number => number).ShouldAllBe(count => count.Value == Rounds);
    }
}

public sealed class OneReplicaTests(OneReplicaTests.Fixture softy)
    : BalancingTests(softy, 1), IClassFixture<OneReplicaTests.Fixture>
{
    public sealed class Fixture() : SoftyApp("--Replicas=1");
}

public sealed class TwoReplicasTests(TwoReplicasTests.Fixture softy)
    : BalancingTests(softy, 2), IClassFixture<TwoReplicasTests.Fixture>
{
    public sealed class Fixture() : SoftyApp("--Replicas=2");
}

public sealed class FiveReplicasTests(FiveReplicasTests.Fixture softy)
    : BalancingTests(softy, 5), IClassFixture<FiveReplicasTests.Fixture>
{
    public sealed class Fixture() : SoftyApp("--Replicas=5");
}

public sealed class ThreeReplicasTests(SoftyApp softy) : BalancingTests(softy, 3), IClassFixture<SoftyApp>;
