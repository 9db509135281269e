using System.Net;
using Microsoft.AspNetCore.Http;
using Softy.Gateway.Balancing;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The load balancing policies.</summary>
[Collection(GatewayCollection.Name)]
public sealed class PolicyTests
{
    [Fact]
    public async Task WeightedRoundRobin_with_5_1_1_goes_a_a_b_a_c_a_a()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Policy", "WeightedRoundRobin"),
            ("Gateway:Weights:api-1", "5")
        );

        var names = await gateway.AskAsync(70);

        string[] cycle = ["api-1", "api-1", "api-2", "api-1", "api-3", "api-1", "api-1"];
        names.Chunk(7).ShouldAllBe(turn => turn.SequenceEqual(cycle));
    }

    [Theory]
    [InlineData("1,1,1", "0,1,2")]
    [InlineData("2,2", "0,1")]
    [InlineData("4,2,0", "0,1,0")]
    [InlineData("0,0", "0,1")]
    [InlineData("3,1", "0,0,1,0")]
    [InlineData("5,1,1", "0,0,1,0,2,0,0")]
    [InlineData("1,2,3,4", "3,2,1,3,0,2,3,1,2,3")]
    public void Smooth_sequences_are_those_of_nginx(string weights, string expected) =>
        string.Join(',', SmoothSequence.Create([.. weights.Split(',').Select(int.Parse)])).ShouldBe(expected);

    [Fact]
    public async Task WeightedRoundRobin_gives_a_destination_of_weight_0_nothing()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Policy", "weightedroundrobin"),
            ("Gateway:Weights:api-2", "0")
        );

        (await gateway.AskAsync(20)).ShouldNotContain("api-2");
        (await gateway.StatusAsync()).Policy.ShouldBe("WeightedRoundRobin");
    }

    [Theory]
    [InlineData("RoundRobin")]
    [InlineData("LeastRequests")]
    [InlineData("WeightedRoundRobin")]
    public async Task A_destination_of_weight_0_is_unused_even_for_failover_and_when_all_others_are_unhealthy(
        string policy
    )
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var web = await Backend.StartAsync("web");
        await using var gateway = await InProcessGateway.StartAsync(
            [.. backends.Select(backend => backend.Url.AbsoluteUri)],
            web.Url.AbsoluteUri,
            [("Gateway:Policy", policy), ("Gateway:Weights:api-3", "0")]
        );
        await backends[0].CrashAsync();

        // Until the gateway notices the crash, requests fail over to the remaining replica.
        (await gateway.AskAsync(20)).ShouldAllBe(name => name == "api-2");
        await backends[1].CrashAsync();
        await gateway.WaitForStatusAsync(
            status => status.Replicas.Take(2).All(replica => replica.Health == "unhealthy"),
            "two are unhealthy"
        );
        using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        backends[2].Requests.ShouldBeEmpty();
        // A failed request alone makes a replica unhealthy, but only probes make the gateway so.
        await Eventually.Async(
            async () =>
            {
                using var health = await gateway.Client.GetAsync("/health", Cancellation);
                return health.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            "the gateway is unhealthy"
        );

        gateway.Change(("Gateway:Weights:api-3", "1"));
        await Eventually.Async(
            async () =>
            {
                using var answer = await gateway.Client.GetAsync("/api/hello", Cancellation);
                return answer.IsSuccessStatusCode && answer.Instance() == "api-3";
            },
            "the third takes requests again"
        );
    }

    [Fact]
    public async Task LeastRequests_sends_a_slow_replica_less_and_takes_turns_among_idle_ones()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(backends, ("Gateway:Policy", "LeastRequests"));

        var names = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            names.AddRange(await gateway.AskAsync(1));
            await gateway.WaitUntilIdleAsync();
        }

        names.GroupBy(name => name).ShouldAllBe(group => group.Count() == 10);

        HoldUp(backends[1], backends);
        var result = await Load.RunAsync(gateway.Url, 2_000, connections: 12);

        result.ShouldHaveNoFailures();
        result.Instances["api-2"].ShouldBeLessThan(result.Instances["api-1"] / 4);
        result.Instances["api-2"].ShouldBeLessThan(result.Instances["api-3"] / 4);
    }

    [Fact]
    public async Task PowerOfTwoChoices_sends_a_slow_replica_less()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(backends, ("Gateway:Policy", "PowerOfTwoChoices"));

        HoldUp(backends[0], backends);
        var result = await Load.RunAsync(gateway.Url, 2_000, connections: 12);

        result.ShouldHaveNoFailures();
        result.Instances["api-1"].ShouldBeLessThan(result.Instances["api-2"] / 2);
        result.Instances["api-1"].ShouldBeLessThan(result.Instances["api-3"] / 2);
    }

    [Fact]
    public async Task Random_spreads_evenly_and_follows_no_cycle()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(backends, ("Gateway:Policy", "Random"));

        var names = await gateway.AskAsync(3_000);

        // The counts have a binomial distribution of 3000 trials with probability 1/3. The limit is six standard
        // deviations, which one run in 300 million exceeds.
        names.GroupBy(name => name).ShouldAllBe(group => Math.Abs(group.Count() - 1_000) < 155);
        names.Chunk(3).ShouldContain(turn => turn.Distinct().Count() < 3);
    }

    [Fact]
    public async Task First_keeps_to_the_first_healthy_replica()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(backends, ("Gateway:Policy", "First"));

        (await gateway.AskAsync(10)).ShouldAllBe(name => name == "api-1");

        await backends[0].CrashAsync();
        (await gateway.AskAsync(10)).ShouldAllBe(name => name != "api-1");
        await gateway.WaitForStatusAsync(status => status.Replicas[0].Health == "unhealthy", "api-1 is out");
        (await gateway.AskAsync(10)).ShouldAllBe(name => name == "api-2");

        await backends[0].StartAsync();
        await gateway.WaitForStatusAsync(status => status.Replicas[0].Health == "healthy", "api-1 is back");
        (await gateway.AskAsync(10)).ShouldAllBe(name => name == "api-1");
    }

    [Fact]
    public async Task Affinity_keeps_a_client_on_its_replica_until_that_is_gone()
    {
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Affinity:Enabled", "true"),
            ("Gateway:Affinity:Cookie", "stay")
        );
        using var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer() };
        using var client = new HttpClient(handler) { BaseAddress = gateway.Url };

        var names = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            using var response = await client.GetAsync("/api/hello", Cancellation);
            names.Add(response.Instance());
        }

        names.Distinct().Count().ShouldBe(1);
        handler.CookieContainer.GetAllCookies().Single().Name.ShouldBe("stay");

        await backends.Single(backend => backend.Name == names[0]).CrashAsync();
        using var after = await client.GetAsync("/api/hello", Cancellation);
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
        after.Instance().ShouldNotBe(names[0]);
    }

    /// <summary>
    /// Makes one replica slower than the others, independent of the speed of the machine: it answers when the others
    /// have answered 1500 requests. The load has enough connections to keep the others busy meanwhile.
    /// </summary>
    private static void HoldUp(Backend slow, Backends all)
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answered = 0;
        foreach (var backend in all)
        {
            backend.Answer = async context =>
            {
                if (backend == slow)
                {
                    await released.Task.WaitAsync(context.RequestAborted);
                }
                else if (Interlocked.Increment(ref answered) == 1_500)
                {
                    released.SetResult();
                }

                await context.Response.WriteAsync("ok", context.RequestAborted);
            };
        }
    }
}
