using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>When failed requests eject a replica, and what clients cannot cause.</summary>
[Collection(GatewayCollection.Name)]
public sealed class EjectionTests
{
    private static readonly TimeSpan _ejectionTime = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task A_500_of_the_application_ejects_no_replica()
    {
        await using var backends = await Backend.StartSeveralAsync(3, backend => backend.Answer = Answers.Status(500));
        await using var gateway = await TestGateway.StartAsync(backends);

        await FailAsync(gateway, 60);

        (await gateway.StatusAsync()).Replicas.ShouldAllBe(replica =>
            replica.Health == "healthy" && replica.Requests == 20
        );
    }

    [Fact]
    public async Task After_all_replicas_failed_for_a_moment_they_soon_share_the_load_again()
    {
        await using var backends = await Backend.StartSeveralAsync(3, backend => backend.Answer = Answers.Status(500));
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Health:Passive:StatusCodes:0", "500")
        );

        await FailAsync(gateway, 60);
        (await gateway.StatusAsync()).Replicas.Count(replica => replica.Health == "unhealthy").ShouldBe(1);

        Heal(backends);
        var watch = Stopwatch.StartNew();
        await WaitUntilSharedAsync(gateway, 3);
        Output.WriteLine($"All shared the load {watch.Elapsed.TotalSeconds:F1} s after they were well.");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Only_a_failed_trial_lengthens_an_ejection()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Health:Passive:StatusCodes:0", "500"),
            ("Gateway:Health:Passive:MaxEjectionTime", "1.00:00:00")
        );
        backends[0].Answer = Answers.Status(500);
        await FailAsync(gateway, 10);
        await WaitForHealthAsync(gateway, "api-1", "unhealthy");

        // Because the other replica is unhealthy, the ejected one gets all requests, and fails them.
        backends[1].Health = Answers.Status(503);
        await WaitForHealthAsync(gateway, "api-2", "unhealthy");
        await FailAsync(gateway, 60);

        // If each of the 60 failures doubled the ejection time, the test would time out.
        backends[1].Health = _ => Task.CompletedTask;
        await WaitForHealthAsync(gateway, "api-2", "healthy");
        Heal(backends);
        await WaitUntilSharedAsync(gateway, 2);
    }

    [Theory]
    [InlineData(50, 2)]
    [InlineData(0, 1)]
    [InlineData(100, 3)]
    public async Task No_more_replicas_are_ejected_than_the_configured_share(int percent, int expected)
    {
        await using var backends = await Backend.StartSeveralAsync(4, backend => backend.Answer = Answers.Status(500));
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Health:Passive:StatusCodes:0", "500"),
            ("Gateway:Health:Passive:EjectionTime", "00:01:00"),
            ("Gateway:Health:Passive:MaxEjectionTime", "00:01:00"),
            ("Gateway:Health:Passive:MaxEjectedPercent", $"{percent}")
        );

        await FailAsync(gateway, 80);

        // At least one replica stays in: ejecting the last one would only mean that all are used.
        (await gateway.StatusAsync())
            .Replicas.Count(replica => replica.Health == "unhealthy")
            .ShouldBe(expected);
    }

    [Fact]
    public async Task Failed_requests_never_eject_the_only_replica()
    {
        await using var broken = new RawBackend(
            async (_, connection) =>
            {
                await Task.Yield();
                connection.Reset();
            }
        );
        await using var gateway = await TestGateway.StartAsync(broken.Url);

        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.Client.GetAsync("/index.html", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        }

        using var health = await gateway.Client.GetAsync("/health", Cancellation);
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_replica_that_aborts_every_response_is_ejected()
    {
        await using var broken = new RawBackend(
            async (_, connection) =>
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nonly so much");
                connection.Close();
            }
        );
        await using var well = await Backend.StartAsync("api-2");
        await using var gateway = await TestGateway.StartAsync(
            [broken.Url, well.Url],
            ("Gateway:Health:Passive:EjectionTime", "00:00:30")
        );

        var failures = 0;
        for (var i = 0; i < 60; i++)
        {
            try
            {
                using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            }
            catch (HttpRequestException)
            {
                // The client sees the end of a response a moment before the gateway counts the failure.
                failures++;
                await gateway.WaitForStatusAsync(
                    status =>
                        status.Replicas[0].Failures == failures
                        && (failures < 5 || status.Replicas[0].Health == "unhealthy"),
                    "the gateway has counted it"
                );
            }
        }

        failures.ShouldBe(5);
        broken.Requests.Count.ShouldBe(5);
        (await gateway.StatusAsync()).Replicas[0].Health.ShouldBe("unhealthy");
    }

    [Fact]
    public async Task A_failed_trial_costs_no_client_an_error()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await StartFailingAsync(backends);

        // During three trials, clients get only responses of the other replica.
        await Eventually.Async(
            async () =>
            {
                (await gateway.AskAsync(1)).ShouldBe(["api-2"]);
                return backends[0].Requests.Count >= 8;
            },
            "three trials have failed"
        );
    }

    [Fact]
    public async Task A_failed_trial_costs_no_client_an_error_even_if_requests_are_rare()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await StartFailingAsync(backends);
        var probes = 0;
        backends[0].Health = _ =>
        {
            Interlocked.Increment(ref probes);
            return Task.CompletedTask;
        };

        for (var trial = 1; trial <= 4; trial++)
        {
            var tried = backends[0].Requests.Count;
            await Task.Delay(3 * _ejectionTime, Cancellation);
            var before = probes;
            // The first probe may have begun earlier.
            await Eventually.Async(() => probes >= before + 2, "the replica was probed without any request");

            (await gateway.AskAsync(1)).ShouldBe(["api-2"]);
            backends[0].Requests.Count.ShouldBe(tried + 1);
        }
    }

    [Fact]
    public async Task Requests_that_must_not_be_repeated_are_no_trials_and_do_not_prolong_an_ejection()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await StartFailingAsync(backends);
        var before = backends[0].Requests.Count;
        backends[0].Answer = context => context.Response.WriteAsync("well", context.RequestAborted);

        await Eventually.Async(
            async () =>
            {
                using var response = await gateway.Client.PostAsync(
                    "/api/messages",
                    new StringContent("one"),
                    Cancellation
                );
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
                var isBack = (await gateway.StatusAsync()).Replicas[0].Health == "healthy";
                (isBack || backends[0].Requests.Count == before).ShouldBeTrue("a POST was used to try a replica out");
                return isBack;
            },
            "the replica is back"
        );
    }

    [Fact]
    public async Task A_client_with_affinity_is_not_used_for_a_trial_of_another_replica()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Affinity:Enabled", "true"),
            ("Gateway:Health:Passive:StatusCodes:0", "500"),
            ("Gateway:Health:Passive:EjectionTime", "00:00:00.200"),
            ("Gateway:Health:Passive:MaxEjectionTime", "00:00:00.200")
        );
        using var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer() };
        using var client = new HttpClient(handler) { BaseAddress = gateway.Url };
        var own = await AskAsync(client);
        var other = backends.Single(backend => backend.Name != own);
        other.Answer = Answers.Status(500);
        await Eventually.Async(
            async () =>
            {
                using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
                return (await gateway.StatusAsync()).Replicas.Single(replica => replica.Name == other.Name).Health
                    == "unhealthy";
            },
            "the other replica is out"
        );
        other.Answer = context => context.Response.WriteAsync("well", context.RequestAborted);

        // There are no other clients: the ejection ends without a trial, and the replica gets requests again.
        await Eventually.Async(
            async () =>
            {
                (await AskAsync(client)).ShouldBe(own);
                return (await gateway.StatusAsync()).Replicas.Single(replica => replica.Name == other.Name).Health
                    == "healthy";
            },
            "the other replica is back"
        );
    }

    private static async Task<string> AskAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/api/hello", Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return response.Instance();
    }

    /// <summary>Starts a gateway whose first replica is ejected because of its failures.</summary>
    private static async Task<IGateway> StartFailingAsync(Backends backends)
    {
        var gateway = await TestGateway.StartAsync(
            backends,
            ("Gateway:Health:Passive:StatusCodes:0", "500"),
            ("Gateway:Health:Passive:EjectionTime", _ejectionTime.ToString()),
            ("Gateway:Health:Passive:MaxEjectionTime", _ejectionTime.ToString())
        );
        backends[0].Answer = Answers.Status(500);
        await FailAsync(gateway, 10);
        await WaitForHealthAsync(gateway, "api-1", "unhealthy");
        return gateway;
    }

    private static async Task FailAsync(IGateway gateway, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
        }
    }

    private static void Heal(Backends backends)
    {
        foreach (var backend in backends)
        {
            backend.Answer = context => context.Response.WriteAsync("well", context.RequestAborted);
            backend.Health = _ => Task.CompletedTask;
        }
    }

    private static Task<TimeSpan> WaitUntilSharedAsync(IGateway gateway, int replicas) =>
        Eventually.Async(
            async () =>
                (await gateway.AskAsync(replicas * 4)).GroupBy(name => name).Count(group => group.Count() == 4)
                == replicas,
            "all replicas share the load"
        );

    private static Task WaitForHealthAsync(IGateway gateway, string name, string health) =>
        gateway.WaitForStatusAsync(
            status => status.Replicas.Single(replica => replica.Name == name).Health == health,
            $"{name} is {health}"
        );
}
