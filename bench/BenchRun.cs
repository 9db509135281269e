using Softy.Bench.Contestants;
using Softy.Bench.Load;
using Softy.Bench.Measuring;
using Softy.Bench.Report;

namespace Softy.Bench;

/// <summary>Runs all measurements.</summary>
internal sealed class BenchRun(BenchOptions options)
{
    private const int IdleSeconds = 10;

    private static readonly int[] _connections = [1, 16, 64, 256, 1000];
    private static readonly int[] _coldStartCores = [1, 2];
    private static readonly Workload _hello = new("Hello", "hello", "/api/hello");
    private static readonly Workload _page = new("Newest 20 messages, cached", "messages", "/api/messages?limit=20");

    private readonly Rounds _rounds = new(options);
    private readonly TimeSpan _duration = TimeSpan.FromSeconds(options.Seconds);

    /// <summary>How long each proxy gets requests before the first measurement.</summary>
    public static TimeSpan WarmUp(bool quick) => TimeSpan.FromSeconds(quick ? 5 : 15);

    public async Task<BenchResult> RunAsync(CancellationToken cancellationToken)
    {
        var build = Build.Native(options.Native);
        List<WorkloadResult> workloads = [];
        List<(int, IReadOnlyList<Series>)> connections = [];
        List<ColdStartSample> coldStarts = [];
        WorkloadResult fixedRate;
        List<MemoryResult> memory;

        await using (var softy = await SoftyApplication.StartAsync(build, replicas: 3, cancellationToken))
        await using (var jit = await SoftyApplication.StartAsync(Build.Jit, replicas: 3, cancellationToken))
        using (var competitors = new Competitors())
        {
            SoftyApplication[] applications = [softy, jit];
            memory = [.. applications.Select(each => new MemoryResult(each.Build.Name, each.Memory))];

            var gateway = softy.Gateway;
            var nginx = await competitors.StartTunedNginxAsync(softy, cancellationToken);
            var haproxy = await competitors.StartHAProxyAsync(softy, cancellationToken);
            var caddy = await competitors.StartCaddyAsync(softy, cancellationToken);
            var simple = await competitors.StartSimpleNginxAsync(softy, cancellationToken);
            var flask = await competitors.StartFlaskAsync(cancellationToken);
            var direct = NoProxy("api-1");

            var small = options.Quick ? 50 : 1000;
            await Wall.FillAsync(jit.Gateway, small, cancellationToken);
            var (large, uncached) = await Wall.FillAsync(gateway, small, cancellationToken);

            // .NET recompiles hot code of new processes, and native ones fill their pools. All get the same load.
            Contestant[] proxies = [gateway, jit.Gateway, nginx, haproxy, caddy];
            foreach (var proxy in proxies)
            {
                await Wrk.MeasureAsync(proxy, _hello, Rounds.Connections, WarmUp(options.Quick), cancellationToken);
            }

            Contestant[] main = [gateway, jit.Gateway, nginx, haproxy];
            await AddAsync(_hello, options.Quick ? [.. main, direct] : [.. proxies, simple, flask, direct]);
            memory = [.. memory.Zip(applications, (result, each) => result with { AfterHello = each.Memory })];
            var half =
                workloads[0].Series.Single(series => series.Contestant == nginx.Name).Median(s => s.PerSecond) / 2;
            fixedRate = await _rounds.OfferFixedRateAsync(
                _hello,
                options.Quick ? main : proxies,
                half,
                cancellationToken
            );
            await AddAsync(_page, options.Quick ? [.. main, direct] : [.. main, simple, direct]);
            if (!options.Quick)
            {
                var post = new Workload(
                    "Post a message",
                    "post",
                    "/api/messages",
                    Body: """{"author":"bench","text":"Message %d"}"""
                );
                await AddAsync(uncached, [gateway, nginx, haproxy, simple, direct]);
                await AddAsync(large, [gateway, nginx, haproxy, simple, direct]);
                await AddAsync(
                    new Workload("The web page", "page", "/"),
                    [FromWeb(gateway), FromWeb(nginx), FromWeb(haproxy), NoProxy("web")]
                );
                await AddAsync(post, [gateway, nginx, haproxy, simple, direct]);
                workloads.Add(await _rounds.FanOutAsync([gateway, nginx, haproxy, direct], cancellationToken));
            }

            coldStarts.AddRange(await StartColdAsync(softy, cancellationToken));
            foreach (var count in options.Quick ? [] : _connections)
            {
                var series = await _rounds.MeasureAsync(
                    _hello,
                    [gateway, nginx, haproxy, direct],
                    count,
                    Math.Min(options.Rounds, 2),
                    cancellationToken
                );
                connections.Add((count, series));
            }

            var idle = await MeasureIdleAsync(applications, cancellationToken);
            memory =
            [
                .. memory.Zip(
                    applications,
                    (result, each) =>
                        result with
                        {
                            AfterAll = each.Memory,
                            Peak = each.PeakBytes,
                            IdleCores = idle[each],
                        }
                ),
            ];

            async Task AddAsync(Workload workload, IReadOnlyList<Contestant> contestants) =>
                workloads.Add(await _rounds.MeasureAsync(workload, contestants, cancellationToken));

            Contestant FromWeb(Contestant proxy) => proxy with { Replicas = () => softy.ProcessesOf("web") };

            Contestant NoProxy(string service) =>
                new("no proxy", softy.AddressOf(service), () => [], () => softy.ProcessesOf(service));
        }

        return new BenchResult(
            options,
            [.. Machine.Describe()],
            workloads,
            fixedRate,
            coldStarts,
            connections,
            options.Quick ? [] : await ReplicaScaling.MeasureAsync(build, _duration, cancellationToken),
            memory,
            await ApplicationStart.MeasureAsync(options.Quick ? 1 : 5, cancellationToken)
        );
    }

    /// <summary>Measures how many cores idle applications use. New ones of .NET would still compile code.</summary>
    private static async Task<Dictionary<SoftyApplication, double>> MeasureIdleAsync(
        IReadOnlyList<SoftyApplication> applications,
        CancellationToken cancellationToken
    )
    {
        // The gateways notice only after some seconds that nobody uses them.
        await Task.Delay(TimeSpan.FromSeconds(IdleSeconds), cancellationToken);
        var before = applications.ToDictionary(each => each, each => each.CpuSeconds);
        await Task.Delay(TimeSpan.FromSeconds(IdleSeconds), cancellationToken);
        return applications.ToDictionary(each => each, each => (each.CpuSeconds - before[each]) / IdleSeconds);
    }

    /// <summary>Starts both builds in turn, in a quick run once and with all of those cores.</summary>
    private async Task<IReadOnlyList<ColdStartSample>> StartColdAsync(
        SoftyApplication softy,
        CancellationToken cancellationToken
    )
    {
        var samples = new List<ColdStartSample>();
        var cores = _coldStartCores.Where(cores => cores <= Environment.ProcessorCount).ToList();
        foreach (var count in options.Quick ? cores.TakeLast(1) : cores)
        {
            for (var round = 0; round < (options.Quick ? 1 : options.Rounds); round++)
            {
                Build[] builds = round % 2 == 0 ? [softy.Build, Build.Jit] : [Build.Jit, softy.Build];
                foreach (var build in builds)
                {
                    samples.Add(await ColdStart.MeasureAsync(softy, build, count, cancellationToken));
                }
            }
        }

        return samples;
    }
}
