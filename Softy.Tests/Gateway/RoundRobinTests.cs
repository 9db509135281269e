using Microsoft.Extensions.DependencyInjection;
using Softy.Gateway.Balancing;
using Softy.Tests.Gateway.Support;
using Yarp.ReverseProxy.LoadBalancing;

namespace Softy.Tests.Gateway;

/// <summary>Round robin is exact: with n replicas, each gets every n-th request.</summary>
[Collection(GatewayCollection.Name)]
public sealed class RoundRobinTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Request_n_goes_to_replica_n_mod_N_on_one_connection_and_on_fresh_ones(int replicas)
    {
        await using var backends = await Backend.StartSeveralAsync(replicas);
        await using var gateway = await TestGateway.StartAsync(backends);
        var cycle = backends.Names;

        var onOneConnection = await gateway.AskAsync(100 * replicas);
        onOneConnection.Chunk(replicas).ShouldAllBe(turn => turn.SequenceEqual(cycle));

        gateway.Client.DefaultRequestHeaders.ConnectionClose = true;
        var onFreshConnections = await gateway.AskAsync(20 * replicas);
        onFreshConnections.Chunk(replicas).ShouldAllBe(turn => turn.SequenceEqual(cycle));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public async Task The_order_stays_exact_after_billions_of_requests(long before)
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await InProcessGateway.StartAsync(
            [.. backends.Select(backend => backend.Url)],
            [],
            services =>
                services
                    .AddSingleton<ILoadBalancingPolicy>(new RoundRobinPolicy(before - 30))
                    .Remove(services.Single(service => service.ImplementationType == typeof(RoundRobinPolicy)))
        );

        var names = await gateway.AskAsync(60);

        names.Chunk(3).ShouldAllBe(turn => turn.SequenceEqual(names.Take(3)));
        names.Take(3).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task Thirty_thousand_requests_from_64_connections_differ_by_one_at_most()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await GatewayProcess.StartAsync(backends);

        var result = await Load.RunAsync(gateway.Url, 30_000);

        result.ShouldHaveNoFailures();
        result.Instances.Values.Sum().ShouldBe(30_000);
        (result.Instances.Values.Max() - result.Instances.Values.Min()).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task Neither_probes_nor_requests_for_the_web_site_take_a_turn()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var web = await Backend.StartAsync("web");
        await using var gateway = await TestGateway.StartAsync(
            [.. backends.Select(backend => backend.Url.AbsoluteUri)],
            web.Url.AbsoluteUri,
            [("Gateway:Health:Active:Interval", "00:00:00.050")]
        );

        var names = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            names.AddRange(await gateway.AskAsync(1));
            (await gateway.AskAsync(i % 4, "/index.html")).ShouldAllBe(name => name == "web");
        }

        names.Chunk(3).ShouldAllBe(turn => turn.SequenceEqual(new[] { "api-1", "api-2", "api-3" }));
    }
}
