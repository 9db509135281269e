using System.Globalization;
using System.Net;

namespace Softy.Tests.Application;

/// <summary>
/// Strict round robin: request n goes to replica n mod N, however many clients and replicas there are.
/// </summary>
public sealed class BalancingTests(SharedApp softy) : SharedTest(softy)
{
    private const int Rounds = 100;

    [Fact]
    public async Task Fresh_connections_visit_the_replicas_in_a_fixed_cycle()
    {
        await Softy.WaitUntilAllTakeTurnsAsync(SharedApp.Replicas, Cancellation);
        ShouldBeCyclic(
            SharedApp.Replicas,
            await SendAsync(
                _ =>
                {
                    var client = Softy.CreateGatewayClient();
                    client.DefaultRequestHeaders.ConnectionClose = true;
                    return client;
                },
                Rounds * SharedApp.Replicas
            )
        );
    }

    [Fact]
    public async Task Any_number_of_replicas_takes_turns()
    {
        await Softy.CommandAsync("api-2", KnownResourceCommands.StopCommand, Cancellation);
        await Softy.CommandAsync("api-3", KnownResourceCommands.StopCommand, Cancellation);
        await ShouldTakeTurnsAsync(1);

        await Softy.StartAsync("api-2", Cancellation);
        await ShouldTakeTurnsAsync(2);

        await Softy.StartAsync("api-3", Cancellation);
        await Softy.StartAsync("api-4", Cancellation);
        await ShouldTakeTurnsAsync(4);

        await Softy.CommandAsync("api-4", KnownResourceCommands.StopCommand, Cancellation);
        await ShouldTakeTurnsAsync(SharedApp.Replicas);
    }

    private async Task ShouldTakeTurnsAsync(int replicas)
    {
        await Softy.WaitUntilAllTakeTurnsAsync(replicas, Cancellation);
        await ShouldVisitInTurnAsync(replicas);
        await ShouldShareEquallyAsync(replicas, requests: 600);
    }

    private async Task ShouldVisitInTurnAsync(int replicas)
    {
        using var client = Softy.CreateGatewayClient();
        ShouldBeCyclic(replicas, await SendAsync(_ => client, Rounds * replicas));
    }

    private async Task ShouldShareEquallyAsync(int replicas, int requests)
    {
        const int Connections = 64;

        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = Connections, UseProxy = false };
        using var client = new HttpClient(handler) { BaseAddress = Softy.GatewayAddress };
        var counts = new int[replicas + 1];
        await Parallel.ForAsync(
            0,
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = Cancellation },
            async (_, cancellationToken) =>
            {
                using var response = await client.GetAsync("/api/hello", cancellationToken);
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
                Interlocked.Increment(ref counts[NumberOf(response)]);
            }
        );

        counts.Sum().ShouldBe(requests);
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

    private static void ShouldBeCyclic(int replicas, int[] order)
    {
        for (var n = 0; n < order.Length; n++)
        {
            var expected = ((order[0] - 1 + n) % replicas) + 1;
            order[n].ShouldBe(expected, $"request {n} of {string.Join(' ', order.Take(n + 1).TakeLast(2 * replicas))}");
        }

        order.CountBy(number => number).ShouldAllBe(count => count.Value == Rounds);
    }
}
