using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Softy.Gateway.Discovery;
using Softy.Tests.Application;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The gateway finds replicas through DNS, and follows its changes.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public async Task A_scaled_service_is_followed_without_a_restart_or_a_failed_request()
    {
        await using var replicas = await StartOnSiblingAddressesAsync(5);
        var resolver = new ScriptedResolver { Answer = Addresses(replicas, 3) };
        await using var gateway = await StartAsync(resolver, replicas[0].Port);

        await ShouldBeExactAsync(gateway, 3);
        using var stop = new CancellationTokenSource();
        var load = Load.RunUntilAsync(gateway.Url, stop.Token, connections: 8);

        resolver.Answer = Addresses(replicas, 5);
        var up = await Eventually.Async(
            async () => (await gateway.StatusAsync()).Replicas.Count(replica => replica.Health == "healthy") == 5,
            "five replicas"
        );
        await Eventually.Async(() => replicas.All(replica => !replica.Requests.IsEmpty), "all five get requests");
        resolver.Answer = Addresses(replicas, 2);
        var down = await Eventually.Async(
            async () => (await gateway.StatusAsync()).Replicas.Count == 2,
            "two replicas"
        );

        await stop.CancelAsync();
        var result = await load;
        result.ShouldHaveNoFailures();
        result.Instances.Count.ShouldBe(5);
        await ShouldBeExactAsync(gateway, 2);
        // The promise is two seconds. A busy machine may take longer, so the test only prints how long it took, and
        // asserts that names are looked up often enough.
        new DiscoveryOptions().RefreshInterval.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(1));
        Output.WriteLine(
            $"3 to 5 after {up.TotalSeconds:F2} s, 5 to 2 after {down.TotalSeconds:F2} s, {result.Succeeded} requests."
        );

        resolver.Answer = Addresses(replicas, 5);
        await gateway.WaitForStatusAsync(
            status => status.Replicas.Count(replica => replica.Health == "healthy") == 5,
            "five replicas again"
        );
        await ShouldBeExactAsync(gateway, 5);
    }

    [Fact]
    public async Task A_name_with_addresses_of_both_families_has_each_replica_once()
    {
        await using var replicas = await StartOnSiblingAddressesAsync(2);
        await using var other = await Backend.StartAsync("six", IPAddress.IPv6Loopback, replicas[0].Port);
        IPAddress[] both = [IPAddress.IPv6Loopback, .. Addresses(replicas, 2)()];
        var resolver = new ScriptedResolver { Answer = () => both };
        await using var gateway = await StartAsync(resolver, replicas[0].Port);

        await ShouldBeExactAsync(gateway, 2);
        (await gateway.StatusAsync()).Replicas.Count.ShouldBe(2);

        // An answer with only the other address family is used, too, because the name may have changed.
        resolver.Answer = () => [IPAddress.IPv6Loopback];
        await gateway.WaitForStatusAsync(
            status => status.Replicas is [{ Name: "six" }],
            "the IPv6 address is there alone"
        );
    }

    [Fact]
    public async Task A_failing_look_up_keeps_the_last_good_answer()
    {
        await using var replicas = await StartOnSiblingAddressesAsync(2);
        var resolver = new ScriptedResolver { Answer = Addresses(replicas, 2) };
        await using var gateway = await StartAsync(resolver, replicas[0].Port);
        await ShouldBeExactAsync(gateway, 2);

        resolver.Answer = () => throw new SocketException((int)SocketError.HostNotFound);
        await resolver.WaitForLookupsAsync(3);
        await ShouldBeExactAsync(gateway, 2);

        resolver.Answer = () => [];
        await resolver.WaitForLookupsAsync(3);
        await ShouldBeExactAsync(gateway, 2);
    }

    [Fact]
    public async Task A_replica_missing_from_an_incomplete_answer_gets_no_requests_and_is_remembered()
    {
        await using var replicas = await StartOnSiblingAddressesAsync(3);
        var resolver = new ScriptedResolver { Answer = Addresses(replicas, 3) };
        await using var gateway = await StartAsync(
            resolver,
            replicas[0].Port,
            settings: ("Gateway:Discovery:HoldLookups", "1000")
        );
        await ShouldBeExactAsync(gateway, 3);

        resolver.Answer = Addresses(replicas, 2);
        await gateway.WaitForStatusAsync(status => status.Replicas.Count == 2, "one has vanished");
        (await gateway.AskAsync(12)).ShouldNotContain("api-3");

        // The gateway keeps probing the replica, so that it gets requests as soon as it is back.
        resolver.Answer = Addresses(replicas, 3);
        await gateway.WaitForStatusAsync(status => status.Replicas.Count == 3, "it has come back");
        var back = (await gateway.StatusAsync()).Replicas[2];
        back.Health.ShouldBe("healthy");
        back.Requests.ShouldBe(10);
        await ShouldBeExactAsync(gateway, 3);
    }

    [Fact]
    public async Task A_replica_that_has_vanished_for_good_is_forgotten()
    {
        await using var replicas = await StartOnSiblingAddressesAsync(2);
        var resolver = new ScriptedResolver { Answer = Addresses(replicas, 2) };
        await using var gateway = await StartAsync(resolver, replicas[0].Port);
        await ShouldBeExactAsync(gateway, 2);

        resolver.Answer = Addresses(replicas, 1);
        await resolver.WaitForLookupsAsync(5);
        resolver.Answer = Addresses(replicas, 2);
        await gateway.WaitUntilAllAreHealthyAsync(2);

        (await gateway.StatusAsync()).Replicas[1].Requests.ShouldBe(0);
    }

    [Fact]
    public async Task The_order_of_an_answer_does_not_matter()
    {
        await using var replicas = await StartOnSiblingAddressesAsync(3);
        var shuffles = 0;
        var resolver = new ScriptedResolver();
        resolver.Answer = () =>
        {
            var addresses = Addresses(replicas, 3)().ToArray();
            var shift = Interlocked.Increment(ref shuffles) % 3;
            return [.. addresses[shift..], .. addresses[..shift]];
        };
        await using var gateway = await StartAsync(resolver, replicas[0].Port);

        await ShouldBeExactAsync(gateway, 3);
        await resolver.WaitForLookupsAsync(4);
        await ShouldBeExactAsync(gateway, 3);
    }

    [Fact]
    public async Task A_gateway_that_starts_before_the_name_is_known_answers_503_until_it_is()
    {
        await using var replicas = await StartOnSiblingAddressesAsync(1);
        var resolver = new ScriptedResolver { Answer = () => throw new SocketException((int)SocketError.TryAgain) };
        await using var gateway = await StartAsync(resolver, replicas[0].Port, waitUntilReady: false);

        using var early = await gateway.Client.GetAsync("/api/hello", Cancellation);
        early.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        early.Headers.RetryAfter.ShouldNotBeNull();
        early.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        using var health = await gateway.Client.GetAsync("/health", Cancellation);
        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        using var alive = await gateway.Client.GetAsync("/alive", Cancellation);
        alive.StatusCode.ShouldBe(HttpStatusCode.OK);

        resolver.Answer = Addresses(replicas, 1);
        await gateway.WaitUntilReadyAsync();
        await gateway.AskAsync(3);
    }

    [Fact]
    public async Task Localhost_is_one_replica_though_it_has_two_addresses()
    {
        await using var backend = await Backend.StartAsync("api-1");
        await using var gateway = await ServiceProcess.StartGatewayAsync([new Uri($"http://localhost:{backend.Port}")]);

        (await gateway.StatusAsync()).Replicas.Count.ShouldBe(1);
        await gateway.AskAsync(3);
    }

    [Fact]
    public void Addresses_are_sorted_and_names_stay_with_their_address()
    {
        var names = new DestinationNames("api");
        names.GetOrAdd(new Uri("http://10.0.0.9:80")).ShouldBe("api-1");
        names.GetOrAdd(new Uri("http://10.0.0.10:80")).ShouldBe("api-2");
        names.GetOrAdd(new Uri("http://10.0.0.9:80")).ShouldBe("api-1");
    }

    [Theory]
    [InlineData("http://api:8080", true)]
    [InlineData("http://127.0.0.1:8080", false)]
    [InlineData("http://[::1]:8080", false)]
    [InlineData("http://localhost:8080", false)]
    [InlineData("http://api.dev.localhost:8080", false)]
    public void Names_are_looked_up_and_addresses_are_not(string url, bool needsLookup) =>
        ServiceAddress.TryParse(url).ShouldNotBeNull().NeedsLookup.ShouldBe(needsLookup);

    [Theory]
    [InlineData("api:8080")]
    [InlineData("https://api:8080")]
    [InlineData("http://api:8080/path")]
    [InlineData("http://user@api:8080")]
    [InlineData("")]
    [InlineData(null)]
    public void An_invalid_address_is_refused(string? url) => ServiceAddress.TryParse(url).ShouldBeNull();

    private static async Task ShouldBeExactAsync(InProcessGateway gateway, int replicas)
    {
        var names = await gateway.AskAsync(replicas * 10);
        var cycle = names[..replicas];
        cycle.Distinct().Count().ShouldBe(replicas);
        names.Chunk(replicas).ShouldAllBe(turn => turn.SequenceEqual(cycle));
    }

    private static Task<InProcessGateway> StartAsync(
        ScriptedResolver resolver,
        int port,
        bool waitUntilReady = true,
        params (string Key, string Value)[] settings
    ) =>
        InProcessGateway.StartAsync(
            [$"http://api.test:{port}"],
            $"http://api.test:{port}",
            settings,
            services => services.Replace(ServiceDescriptor.Singleton<IHostResolver>(resolver)),
            waitUntilReady
        );

    private static Func<IReadOnlyList<IPAddress>> Addresses(Backends replicas, int count) =>
        () => [.. replicas.Take(count).Select(replica => IPAddress.Parse(replica.Url.Host))];

    /// <summary>Replicas on 127.0.0.2, 127.0.0.3, … that share a port, as replicas behind one host name do.</summary>
    private static async Task<Backends> StartOnSiblingAddressesAsync(int count)
    {
        var first = await Backend.StartAsync("api-1", IPAddress.Parse("127.0.0.2"), 0);
        var others = Enumerable
            .Range(2, count - 1)
            .Select(number =>
                Backend.StartAsync($"api-{number}", IPAddress.Parse($"127.0.0.{number + 1}"), first.Port)
            );
        return new Backends([first, .. await Task.WhenAll(others)]);
    }
}
