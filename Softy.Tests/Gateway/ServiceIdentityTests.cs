using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Softy.Gateway.Discovery;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>The address of a former replica may soon belong to another service.</summary>
[Collection(GatewayCollection.Name)]
public sealed class ServiceIdentityTests
{
    private static readonly (string Key, string Value) _expectService = ("Gateway:Health:Active:ExpectService", "true");
    private static readonly IPAddress[] _addresses =
    [
        .. Enumerable.Range(2, 3).Select(number => IPAddress.Parse($"127.0.0.{number}")),
    ];

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, "web")]
    [InlineData(false, null)]
    public async Task Another_service_at_the_address_of_a_former_replica_gets_no_requests(bool drains, string? service)
    {
        await using var web = await Backend.StartAsync("web", backend => backend.Service = "web");
        await using var first = await StartAsync("api-1", 0, port: 0);
        await using var second = await StartAsync("api-2", 1, first.Port);
        var resolver = new ScriptedResolver { Answer = () => _addresses[..2] };
        await using var gateway = await StartAsync(resolver, first.Port, web);
        (await gateway.AskAsync(4)).Distinct().Count().ShouldBe(2);

        if (drains)
        {
            second.Health = context =>
            {
                context.Response.Headers["X-Softy-Draining"] = "true";
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            };
            await gateway.WaitForStatusAsync(
                status => status.Replicas[1].Health == "draining",
                "the second is leaving"
            );
        }

        await second.CrashAsync();
        if (!drains)
        {
            await gateway.WaitForStatusAsync(status => status.Replicas[1].Health == "unhealthy", "the second is gone");
        }

        // DNS still names the address, and the service there is healthy and identifies itself.
        var probes = 0;
        await using (
            var stranger = await Backend.StartAsync(
                "cache-1",
                _addresses[1],
                first.Port,
                backend =>
                {
                    backend.Service = service;
                    backend.Health = _ =>
                    {
                        Interlocked.Increment(ref probes);
                        return Task.CompletedTask;
                    };
                }
            )
        )
        {
            await Eventually.Async(() => Volatile.Read(ref probes) >= 5, "the stranger was probed");
            (await gateway.AskAsync(20)).ShouldAllBe(name => name == "api-1");
            await first.CrashAsync();
            await gateway.WaitForStatusAsync(
                status => status.Replicas[0].Health == "unhealthy",
                "the first is gone, too"
            );
            using var response = await gateway.Client.PostAsync(
                "/api/messages",
                new StringContent("secret"),
                Cancellation
            );
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            stranger.Requests.ShouldBeEmpty();
        }

        await first.StartAsync();
        await using var successor = await StartAsync("api-9", 1, first.Port);
        await gateway.WaitUntilAllAreHealthyAsync(2);
        (await gateway.AskAsync(4)).Count(name => name == "api-9").ShouldBe(2);
    }

    [Fact]
    public async Task A_new_address_gets_no_request_before_it_identifies_as_a_replica()
    {
        await using var web = await Backend.StartAsync("web", backend => backend.Service = "web");
        var mayAnswer = new TaskCompletionSource();
        await using var first = await StartAsync("api-1", 0, port: 0);
        first.Health = _ => mayAnswer.Task;
        var resolver = new ScriptedResolver { Answer = () => _addresses[..1] };
        await using var gateway = await StartAsync(resolver, first.Port, web, waitUntilReady: false);
        await gateway.WaitForStatusAsync(status => status.Replicas.Count == 1, "the address is known");

        using var early = await gateway.Client.GetAsync("/api/hello", Cancellation);
        early.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        first.Requests.ShouldBeEmpty();

        mayAnswer.SetResult();
        await gateway.WaitUntilReadyAsync();
        (await gateway.AskAsync(2)).ShouldAllBe(name => name == "api-1");
    }

    [Fact]
    public async Task The_identity_check_is_off_by_default_and_can_change_while_running()
    {
        await using var nginx = await Backend.StartAsync("nginx");
        await using var gateway = await InProcessGateway.StartAsync([nginx]);
        await gateway.AskAsync(3);

        gateway.Change(_expectService);
        using var refused = await gateway.Client.GetAsync("/api/hello", Cancellation);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        gateway.Change((_expectService.Key, "false"));
        await gateway.WaitUntilReadyAsync();
        await gateway.AskAsync(3);
    }

    [Fact]
    public async Task A_health_response_names_the_service()
    {
        await using var backend = await Backend.StartAsync("api-1");
        await using var gateway = await InProcessGateway.StartAsync([backend], ("Instance:Service", "edge"));

        using var health = await gateway.Client.GetAsync("/health", Cancellation);
        health.Headers.GetValues("X-Softy-Service").ShouldBe(["edge"]);
    }

    private static Task<Backend> StartAsync(string name, int address, int port) =>
        Backend.StartAsync(name, _addresses[address], port, backend => backend.Service = "api");

    private static Task<InProcessGateway> StartAsync(
        ScriptedResolver resolver,
        int port,
        Backend web,
        bool waitUntilReady = true
    ) =>
        InProcessGateway.StartAsync(
            [$"http://api.test:{port}"],
            web.Url.AbsoluteUri,
            [_expectService, ("Gateway:Health:Active:Interval", "00:00:00.050")],
            services => services.Replace(ServiceDescriptor.Singleton<IHostResolver>(resolver)),
            waitUntilReady
        );
}
