using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Softy.Gateway.Configuration;
using Softy.Gateway.Discovery;
using Softy.Gateway.Failover;
using Softy.Gateway.Forwarding;
using Softy.Gateway.Health;
using Softy.Tests.Gateway.Support;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Tests.Gateway;

/// <summary>The settings of probes and passive health checks can change while the gateway runs.</summary>
[Collection(GatewayCollection.Name)]
public sealed class HealthSettingsTests
{
    private const string Passive = "Gateway:Health:Passive:Enabled";
    private const string Active = "Gateway:Health:Active:Enabled";

    [Fact]
    public async Task Disabling_passive_health_checks_ends_an_ejection()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Health:Passive:StatusCodes:0", "500"),
            ("Gateway:Health:Passive:EjectionTime", "01:00:00"),
            ("Gateway:Health:Passive:MaxEjectionTime", "01:00:00"),
            ("Gateway:Health:Active:Interval", "01:00:00")
        );
        backends[0].Answer = Answers.Status(500);
        for (var i = 0; i < 10; i++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
        }

        (await gateway.StatusAsync()).Replicas[0].Health.ShouldBe("unhealthy");

        gateway.Change((Passive, "false"));

        (await gateway.StatusAsync()).Replicas[0].Health.ShouldBe("healthy");
        backends[0].Answer = context => context.Response.WriteAsync("well", context.RequestAborted);
        (await gateway.AskAsync(10)).Count(name => name == "api-1").ShouldBe(5);
    }

    [Fact]
    public async Task Disabling_probes_admits_new_replicas_and_those_that_failed_their_probes()
    {
        await using var first = await Backend.StartAsync("api-1", IPAddress.Parse("127.0.0.2"), 0);
        await using var second = await Backend.StartAsync(
            "api-2",
            IPAddress.Parse("127.0.0.3"),
            first.Port,
            backend => backend.Health = Answers.Status(500)
        );
        await using var third = await Backend.StartAsync(
            "api-3",
            IPAddress.Parse("127.0.0.4"),
            first.Port,
            backend => backend.Health = Answers.Status(500)
        );
        var resolver = new ScriptedResolver
        {
            Answer = () => [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")],
        };
        await using var gateway = await InProcessGateway.StartAsync(
            [$"http://api.test:{first.Port}"],
            first.Url.AbsoluteUri,
            [("Gateway:Discovery:RefreshInterval", "00:00:00.100")],
            services => services.Replace(ServiceDescriptor.Singleton<IHostResolver>(resolver))
        );
        (await gateway.AskAsync(6)).ShouldAllBe(name => name == "api-1");

        gateway.Change((Active, "false"));
        (await gateway.AskAsync(6)).Count(name => name == "api-2").ShouldBe(3);
        resolver.Answer = () => [.. Enumerable.Range(2, 3).Select(number => IPAddress.Parse($"127.0.0.{number}"))];
        await gateway.WaitForStatusAsync(status => status.Replicas.Count == 3, "there are three");
        (await gateway.AskAsync(9)).GroupBy(name => name).ShouldAllBe(group => group.Count() == 3);

        gateway.Change((Active, "true"));
        await gateway.WaitForStatusAsync(
            status => status.Replicas.Count(replica => replica.Health == "unhealthy") == 2,
            "two are out again"
        );
        (await gateway.AskAsync(6)).ShouldAllBe(name => name == "api-1");
    }

    [Fact]
    public async Task A_shorter_probe_interval_applies_at_once()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Health:Active:Interval", "01:00:00")
        );
        backends[1].Health = Answers.Status(500);

        gateway.Change(("Gateway:Health:Active:Interval", "00:00:00.050"));

        await gateway.WaitForStatusAsync(status => status.Replicas[1].Health == "unhealthy", "the second is unhealthy");
    }

    [Fact]
    public async Task An_unexpected_exception_does_not_end_the_probe_loop()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        var faults = new Faults();
        await using var gateway = await InProcessGateway.StartAsync(
            [.. backends.Select(backend => backend.Url)],
            [("Gateway:Health:Active:Interval", "00:00:00.050")],
            services =>
                services.Replace(
                    ServiceDescriptor.Singleton<IForwarderHttpClientFactory>(provider =>
                        ActivatorUtilities.CreateInstance<FaultyClientFactory>(provider, faults)
                    )
                )
        );

        faults.Left = 10;
        await Eventually.Async(() => faults.Left <= 0, "ten probes have thrown");

        backends[1].Health = Answers.Status(500);
        await gateway.WaitForStatusAsync(status => status.Replicas[1].Health == "unhealthy", "the second is unhealthy");
        backends[1].Health = _ => Task.CompletedTask;
        await gateway.WaitUntilAllAreHealthyAsync(2);
    }

    [Theory]
    [InlineData("//")]
    [InlineData("//evil/health")]
    [InlineData("/\\evil/health")]
    [InlineData("\\\\evil/health")]
    [InlineData("http://evil/health")]
    [InlineData("@evil/health")]
    [InlineData("/health#part")]
    [InlineData("/a b")]
    [InlineData("/a\r\nX: y")]
    [InlineData("health")]
    [InlineData("")]
    public void A_probes_path_cannot_name_another_host(string path) =>
        new GatewayOptionsValidator<ProbeOptions>()
            .Validate(null, new ProbeOptions { Path = path })
            .Failed.ShouldBe(true);

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    [InlineData("/health?full=1&a=b")]
    [InlineData("/a//b")]
    [InlineData("/%7Ehealth/ready-1_2.3")]
    public void A_probes_path_may_be_any_path_of_the_replica(string path)
    {
        new GatewayOptionsValidator<ProbeOptions>()
            .Validate(null, new ProbeOptions { Path = path })
            .Failed.ShouldBe(false);
        new Uri("http://api:8080" + path).Authority.ShouldBe("api:8080");
    }

    private sealed class Faults
    {
        private int _left;

        public int Left
        {
            get => Volatile.Read(ref _left);
            set => Volatile.Write(ref _left, value);
        }

        public bool Take() => Left > 0 && Interlocked.Decrement(ref _left) >= 0;
    }

    /// <summary>Clients that throw an unexpected exception.</summary>
    private sealed class FaultyClientFactory(
        Faults faults,
        LiveOptions<FailoverOptions> settings,
        ILogger<ForwarderHttpClientFactory> logger
    ) : IForwarderHttpClientFactory
    {
        private readonly UpstreamClientFactory _inner = new(settings, logger);

        public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context) =>
            new(new FaultyHandler(_inner.CreateClient(context), faults));

        private sealed class FaultyHandler(HttpMessageInvoker inner, Faults faults) : HttpMessageHandler
        {
            protected override Task<HttpResponseMessage> SendAsync(
                HttpRequestMessage request,
                CancellationToken cancellationToken
            ) =>
                request.RequestUri!.AbsolutePath == "/health" && faults.Take()
                    ? throw new InvalidOperationException("An error of the gateway's own.")
                    : inner.SendAsync(request, cancellationToken);
        }
    }
}
