using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Softy.Gateway.Configuration;
using Softy.Gateway.Health;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Gateway;

/// <summary>After any sequence of changed settings and faults, every replica that works takes requests.</summary>
[Collection(GatewayCollection.Name)]
public sealed class HealthPropertyTests
{
    private const string Passive = "Gateway:Health:Passive:Enabled";
    private const string Active = "Gateway:Health:Active:Enabled";

    /// <summary>
    /// After settings and faults in any order, all replicas become healthy again. Under the resulting settings, every
    /// one of them must take its turns.
    /// </summary>
    [Fact]
    public async Task Every_working_replica_takes_requests_after_any_sequence_of_settings_and_faults()
    {
        var sequences = Gen.Choose(0, Step.All.Length - 1).Select(index => Step.All[index]).ArrayOf(25).ToArbitrary();

        await Task.Run(
            () =>
                Check.One(
                    Config.QuickThrowOnFailure.WithMaxTest(10),
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
                    backends[index].Answer = Answers.Status(500);
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
                    backends[index].Health = Answers.Status(500);
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
                        return Answers.Status(500)(context);
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
            var probing = gateway.Services.GetRequiredService<LiveOptions<ProbeOptions>>();
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
}
