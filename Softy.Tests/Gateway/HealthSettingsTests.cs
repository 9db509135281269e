using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Softy.Gateway.Discovery;
using Softy.Gateway.Failover;
using Softy.Gateway.Forwarding;
using Softy.Gateway.Health;
using Softy.Gateway.Settings;
using Softy.Tests.Gateway.Support;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Tests.Gateway;

/// <summary>Health can be set up anew at any time, and every replica that works takes requests afterwards.</summary>
[Collection(GatewayCollection.Name)]
public sealed class HealthSettingsTests
{
    private const string Passive = "Gateway:Health:Passive:Enabled";
    private const string Active = "Gateway:Health:Active:Enabled";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Switching_passive_health_off_lets_a_replica_back_in()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Health:Passive:StatusCodes:0", "500"),
            ("Gateway:Health:Passive:EjectionTime", "01:00:00"),
            ("Gateway:Health:Passive:MaxEjectionTime", "01:00:00"),
            ("Gateway:Health:Active:Interval", "01:00:00")
        );
        backends[0].Answer = Fail;
        for (var i = 0; i < 10; i++)
        {
            using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
        }

        (await gateway.StatusAsync()).Replicas[0].Health.ShouldBe("unhealthy");

        gateway.Change((Passive, "false"));

        (await gateway.StatusAsync()).Replicas[0].Health.ShouldBe("healthy");
        backends[0].Answer = Succeed;
        (await gateway.AskAsync(10)).Count(name => name == "api-1").ShouldBe(5);
    }

    [Fact]
    public async Task Switching_probes_off_lets_in_new_replicas_and_those_that_probes_have_taken_out()
    {
        await using var first = await Backend.StartAsync("api-1", IPAddress.Parse("127.0.0.2"), 0);
        await using var second = await Backend.StartAsync(
            "api-2",
            IPAddress.Parse("127.0.0.3"),
            first.Port,
            backend => backend.Health = Fail
        );
        await using var third = await Backend.StartAsync(
            "api-3",
            IPAddress.Parse("127.0.0.4"),
            first.Port,
            backend => backend.Health = Fail
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
    public async Task A_shorter_interval_does_not_wait_for_the_longer_one_to_be_over()
    {
        await using var backends = await Backend.StartSeveralAsync(2);
        await using var gateway = await InProcessGateway.StartAsync(
            backends,
            ("Gateway:Health:Active:Interval", "01:00:00")
        );
        backends[1].Health = Fail;

        gateway.Change(("Gateway:Health:Active:Interval", "00:00:00.050"));

        await gateway.WaitForStatusAsync(
            status => status.Replicas[1].Health == "unhealthy",
            "the second is found sick"
        );
    }

    [Fact]
    public async Task An_error_of_the_gateways_own_ends_no_probe_loop()
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

        backends[1].Health = Fail;
        await gateway.WaitForStatusAsync(
            status => status.Replicas[1].Health == "unhealthy",
            "the second is found sick"
        );
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
        new SettingsValidator<ProbeSettings>().Validate(null, new ProbeSettings { Path = path }).Failed.ShouldBe(true);

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    [InlineData("/health?full=1&a=b")]
    [InlineData("/a//b")]
    [InlineData("/%7Ehealth/ready-1_2.3")]
    public void A_probes_path_may_be_any_other(string path)
    {
        new SettingsValidator<ProbeSettings>().Validate(null, new ProbeSettings { Path = path }).Failed.ShouldBe(false);
        new Uri("http://api:8080" + path).Authority.ShouldBe("api:8080");
    }

    /// <summary>
    /// Settings and faults come in any order; then all replicas are well, under whichever settings are left, and every
    /// one of them takes its turns.
    /// </summary>
    [Fact]
    public async Task Whatever_was_set_and_whatever_went_wrong_every_replica_that_works_takes_requests()
    {
        var sequences = Gen.Choose(0, Step.All.Length - 1).Select(index => Step.All[index]).ArrayOf(25).ToArbitrary();

        await Task.Run(
            () =>
                Check.One(
                    Config.QuickThrowOnFailure.WithMaxTest(20),
                    Prop.ForAll(sequences, steps => EndsWithAllInRotationAsync(steps).GetAwaiter().GetResult())
                ),
            Cancellation
        );
    }

    private static async Task<bool> EndsWithAllInRotationAsync(Step[] steps)
    {
        await using var web = await Backend.StartAsync("web", backend => backend.Service = "web");
        await using var backends = await Backend.StartSeveralAsync(3, backend => backend.Service = "api");
        await using var gateway = await InProcessGateway.StartAsync(
            [.. backends.Select(backend => backend.Url.AbsoluteUri)],
            web.Url.AbsoluteUri,
            [
                ("Gateway:Health:Active:Interval", "00:00:00.050"),
                ("Gateway:Health:Passive:EjectionTime", "00:00:00.100"),
                ("Gateway:Health:Passive:MaxEjectionTime", "00:00:00.200"),
            ]
        );

        foreach (var step in steps)
        {
            await step.TakeAsync(gateway, backends);
        }

        foreach (var backend in backends)
        {
            await Step.HealAsync(backend);
        }

        await Eventually.Async(
            async () =>
            {
                var names = new List<string>();
                for (var i = 0; i < 12; i++)
                {
                    using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
                    names.Add(response.IsSuccessStatusCode ? response.Instance() : "");
                }

                return backends.Names.All(name => names.Count(answered => answered == name) == 4);
            },
            $"all take requests after {string.Join(", ", steps.Select(step => step.Name))}",
            TimeSpan.FromSeconds(30)
        );
        return true;
    }

    private static Task Fail(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }

    private static Task Succeed(HttpContext context) => context.Response.WriteAsync("well", context.RequestAborted);

    /// <summary>Something that happens to a gateway or its replicas.</summary>
    private sealed record Step(string Name, Func<InProcessGateway, Backends, Task> TakeAsync)
    {
        public static Step[] All { get; } =
        [
            Set("passive on", (Passive, "true")),
            Set("passive off", (Passive, "false")),
            Set("probes on", (Active, "true")),
            Set("probes off", (Active, "false")),
            Set("service expected", ("Gateway:Health:Active:ExpectService", "true")),
            Set("any service", ("Gateway:Health:Active:ExpectService", "false")),
            Set("500 counts", ("Gateway:Health:Passive:StatusCodes:0", "500")),
            Set("503 counts", ("Gateway:Health:Passive:StatusCodes:0", "503")),
            Set("one failure is enough", ("Gateway:Health:Passive:FailureThreshold", "1")),
            Set("three failures are needed", ("Gateway:Health:Passive:FailureThreshold", "3")),
            Set("none may be out", ("Gateway:Health:Passive:MaxEjectedPercent", "0")),
            Set("all may be out", ("Gateway:Health:Passive:MaxEjectedPercent", "100")),
            Set("failover on", ("Gateway:Failover:Enabled", "true")),
            Set("failover off", ("Gateway:Failover:Enabled", "false")),
            Set("a path that is refused", ("Gateway:Health:Active:Path", "//")),
            Set("the path again", ("Gateway:Health:Active:Path", "/health")),
            .. Enumerable.Range(0, 3).SelectMany(Faults),
        ];

        public override string ToString() => Name;

        public static async Task HealAsync(Backend backend)
        {
            backend.Answer = Succeed;
            backend.Health = _ => Task.CompletedTask;
            await backend.CrashAsync();
            await backend.StartAsync();
        }

        private static IEnumerable<Step> Faults(int index)
        {
            yield return new Step(
                $"{index} answers 500",
                (gateway, backends) =>
                {
                    backends[index].Answer = Fail;
                    return AskAsync(gateway);
                }
            );
            yield return new Step(
                $"{index} breaks off",
                (gateway, backends) =>
                {
                    backends[index].Answer = context =>
                    {
                        context.Abort();
                        return Task.CompletedTask;
                    };
                    return AskAsync(gateway);
                }
            );
            yield return new Step(
                $"{index} is sick",
                (gateway, backends) =>
                {
                    backends[index].Health = Fail;
                    return WaitForProbesAsync(gateway, backends);
                }
            );
            yield return new Step(
                $"{index} drains",
                (gateway, backends) =>
                {
                    backends[index].Health = backends[index].Answer = context =>
                    {
                        context.Response.Headers["X-Softy-Draining"] = "true";
                        return Fail(context);
                    };
                    return WaitForProbesAsync(gateway, backends);
                }
            );
            yield return new Step(
                $"{index} crashes",
                async (gateway, backends) =>
                {
                    await backends[index].CrashAsync();
                    await WaitForProbesAsync(gateway, backends);
                }
            );
            yield return new Step($"{index} is well", (_, backends) => HealAsync(backends[index]));
        }

        private static async Task AskAsync(InProcessGateway gateway)
        {
            for (var i = 0; i < 20; i++)
            {
                using var response = await gateway.Client.GetAsync("/api/hello", Cancellation);
            }
        }

        /// <summary>
        /// Waits until every replica that can be probed was probed often enough to count as unhealthy.
        /// </summary>
        private static async Task WaitForProbesAsync(InProcessGateway gateway, Backends backends)
        {
            var before = backends.Select(backend => backend.Probes).ToArray();
            var probing = gateway.Services.GetRequiredService<LiveSettings<ProbeSettings>>();
            await Eventually.Async(
                () =>
                    !probing.Current.Enabled
                    || backends.Index().All(each => !each.Item.IsRunning || each.Item.Probes >= before[each.Index] + 3),
                "all have been probed"
            );
        }

        private static Step Set(string name, (string Key, string? Value) setting) =>
            new(
                name,
                (gateway, _) =>
                {
                    gateway.Change(setting);
                    return Task.CompletedTask;
                }
            );
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

    /// <summary>Clients with an error in them that nobody has thought of.</summary>
    private sealed class FaultyClientFactory(
        Faults faults,
        LiveSettings<FailoverSettings> settings,
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
