using System.Globalization;
using Softy.Bench.Contestants;
using Softy.Bench.Load;
using Softy.Bench.Measuring;
using Softy.Bench.Report;

namespace Softy.Bench;

/// <summary>
/// Runs all measurements. The contestants take turns within each round, so that noise affects all of them, and each
/// round starts with another one, so that none always follows the same one.
/// </summary>
internal sealed class BenchRun(BenchOptions options)
{
    private const int Connections = 64;
    private const int Readers = 300;
    private const int Messages = 20;

    private static readonly int[] _connections = [1, 16, 64, 256, 1000];
    private static readonly int[] _coldStartCores = [1, 2];
    private static readonly int[] _replicas = [1, 2, 3, 5, 10];

    private readonly TimeSpan _duration = TimeSpan.FromSeconds(options.Seconds);

    public async Task<BenchResult> RunAsync(CancellationToken cancellationToken)
    {
        List<WorkloadResult> workloads = [];
        List<(int, IReadOnlyList<Series>)> connections = [];
        List<ColdStartSample> coldStarts = [];
        WorkloadResult fixedRate;
        MemoryResult memory;

        await using (var softy = await SoftyApplication.StartAsync(replicas: 3, cancellationToken))
        using (var competitors = new Competitors())
        {
            string[] services = [.. softy.ReplicaNames, "gateway", "web"];
            var idle = MemoryNow();

            var gateway = new Contestant(
                "Softy",
                softy.Gateway,
                () => softy.ProcessesOf("gateway"),
                () => softy.ProcessesOf(softy.ReplicaNames)
            );
            var nginx = await competitors.StartTunedNginxAsync(softy, cancellationToken);
            var haproxy = await competitors.StartHAProxyAsync(softy, cancellationToken);
            var caddy = await competitors.StartCaddyAsync(softy, cancellationToken);
            var simple = await competitors.StartSimpleNginxAsync(softy, cancellationToken);
            var flask = await competitors.StartFlaskAsync(cancellationToken);
            var direct = new Contestant(
                "no proxy",
                softy.AddressOf("api-1"),
                () => [],
                () => softy.ProcessesOf("api-1")
            );
            var web = new Contestant("no proxy", softy.AddressOf("web"), () => [], () => softy.ProcessesOf("web"));

            var hello = new Workload("Hello", "hello", "/api/hello");
            var post = new Workload(
                "Post a message",
                "post",
                "/api/messages",
                Body: """{"author":"bench","text":"Message %d"}"""
            );
            var (large, uncached) = await Wall.FillAsync(gateway, options.Quick ? 50 : 1000, cancellationToken);
            var page = new Workload("Newest 20 messages, cached", "messages", "/api/messages?limit=20");
            var site = new Workload("The web page", "page", "/");

            // New .NET processes recompile hot code first. All proxies get the same load before the first measurement.
            Contestant[] proxies = [gateway, nginx, haproxy, caddy];
            foreach (var proxy in proxies)
            {
                await Wrk.MeasureAsync(
                    proxy,
                    hello,
                    Connections,
                    TimeSpan.FromSeconds(options.Quick ? 5 : 15),
                    cancellationToken
                );
            }

            await AddAsync(
                hello,
                options.Quick ? [gateway, nginx, haproxy, direct] : [.. proxies, simple, flask, direct]
            );
            var afterHello = MemoryNow();
            fixedRate = await OfferFixedRateAsync(
                hello,
                options.Quick ? [gateway, nginx, haproxy] : proxies,
                workloads[0].Series.Single(series => series.Contestant == nginx.Name).Median(s => s.PerSecond) / 2,
                cancellationToken
            );
            await AddAsync(
                page,
                options.Quick ? [gateway, nginx, haproxy, direct] : [gateway, nginx, haproxy, simple, direct]
            );
            if (!options.Quick)
            {
                await AddAsync(uncached, [gateway, nginx, haproxy, simple, direct]);
                await AddAsync(large, [gateway, nginx, haproxy, simple, direct]);
                await AddAsync(site, [FromWeb(gateway), FromWeb(nginx), FromWeb(haproxy), web]);
                await AddAsync(post, [gateway, nginx, haproxy, simple, direct]);
                workloads.Add(await FanOutAsync([gateway, nginx, haproxy, direct], cancellationToken));
                foreach (var cores in _coldStartCores.Where(cores => cores <= Environment.ProcessorCount))
                {
                    for (var round = 0; round < options.Rounds; round++)
                    {
                        coldStarts.Add(await ColdStart.MeasureAsync(softy, cores, cancellationToken));
                    }
                }

                foreach (var count in _connections)
                {
                    connections.Add(
                        (
                            count,
                            await MeasureAsync(
                                hello,
                                [gateway, nginx, haproxy, direct],
                                count,
                                Math.Min(options.Rounds, 2),
                                cancellationToken
                            )
                        )
                    );
                }
            }

            memory = new MemoryResult(idle, afterHello, MemoryNow(), Usage.PeakBytes(softy.ProcessesOf(services)));

            Memory MemoryNow() => Usage.Memory([.. softy.ProcessesOf(services)]);

            async Task AddAsync(Workload workload, IReadOnlyList<Contestant> contestants) =>
                workloads.Add(
                    new WorkloadResult(
                        workload.Name,
                        workload.Slug,
                        "requests",
                        await MeasureAsync(workload, contestants, Connections, options.Rounds, cancellationToken)
                    )
                );

            Contestant FromWeb(Contestant proxy) => proxy with { Replicas = () => softy.ProcessesOf("web") };
        }

        return new BenchResult(
            options,
            [.. Machine.Describe()],
            workloads,
            fixedRate,
            coldStarts,
            connections,
            options.Quick ? [] : await ScaleAsync(cancellationToken),
            memory,
            await ApplicationStart.MeasureAsync(options.Quick ? 1 : 5, cancellationToken)
        );
    }

    private async Task<IReadOnlyList<Series>> MeasureAsync(
        Workload workload,
        IReadOnlyList<Contestant> contestants,
        int connections,
        int rounds,
        CancellationToken cancellationToken
    )
    {
        var all = contestants.Select(contestant => new Series(contestant.Name)).ToList();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (contestant, series) in Rotate(contestants.Zip(all), round))
            {
                var sample = await Wrk.MeasureAsync(contestant, workload, connections, _duration, cancellationToken);
                series.Samples.Add(sample);
                ReportProgress($"{workload.Name}, {connections} connections, round {round + 1}", contestant, sample);
            }
        }

        return all;
    }

    private async Task<WorkloadResult> OfferFixedRateAsync(
        Workload workload,
        IReadOnlyList<Contestant> contestants,
        double perSecond,
        CancellationToken cancellationToken
    )
    {
        var all = contestants.Select(contestant => new Series(contestant.Name)).ToList();
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var (contestant, series) in Rotate(contestants.Zip(all), round))
            {
                var sample = await FixedRate.MeasureAsync(
                    contestant,
                    workload.Path,
                    perSecond,
                    Connections,
                    _duration,
                    cancellationToken
                );
                series.Samples.Add(sample);
                ReportProgress($"{workload.Name} at a fixed rate, round {round + 1}", contestant, sample);
            }
        }

        return new WorkloadResult($"{workload.Name} at a fixed rate", "fixed-rate", "requests", all);
    }

    /// <summary>Starts with another item in each round.</summary>
    private static IEnumerable<T> Rotate<T>(IEnumerable<T> items, int round)
    {
        var all = items.ToList();
        return all.Skip(round % all.Count).Concat(all.Take(round % all.Count));
    }

    private async Task<WorkloadResult> FanOutAsync(
        IReadOnlyList<Contestant> contestants,
        CancellationToken cancellationToken
    )
    {
        var all = contestants.Select(contestant => new Series(contestant.Name)).ToList();
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var (contestant, series) in Rotate(contestants.Zip(all), round))
            {
                var sample = await EventFanOut.MeasureAsync(contestant, Readers, Messages, cancellationToken);
                series.Samples.Add(sample);
                ReportProgress($"live feed, round {round + 1}", contestant, sample);
            }
        }

        return new WorkloadResult($"Live feed to {Readers} readers", "live", "events", all);
    }

    /// <summary>
    /// Measures the replica counts up and down, so that a machine that slows down over time does not look like a cost
    /// of replicas.
    /// </summary>
    private async Task<IReadOnlyList<(int, IReadOnlyList<Series>)>> ScaleAsync(CancellationToken cancellationToken)
    {
        var hello = new Workload("Hello", "hello", "/api/hello");
        var all = _replicas
            .Select(count => (Count: count, Series: (IReadOnlyList<Series>)[new("Softy"), new("nginx, tuned")]))
            .ToList();
        foreach (var (count, series) in all.Concat(all.AsEnumerable().Reverse()))
        {
            await using var softy = await SoftyApplication.StartAsync(count, cancellationToken);
            using var competitors = new Competitors();
            var gateway = new Contestant(
                "Softy",
                softy.Gateway,
                () => softy.ProcessesOf("gateway"),
                () => softy.ProcessesOf(softy.ReplicaNames)
            );
            var nginx = await competitors.StartTunedNginxAsync(softy, cancellationToken);
            // New .NET processes recompile hot code first.
            await Wrk.MeasureAsync(gateway, hello, Connections, TimeSpan.FromSeconds(8), cancellationToken);
            foreach (var (contestant, measured) in new[] { gateway, nginx }.Zip(series))
            {
                var sample = await Wrk.MeasureAsync(contestant, hello, Connections, _duration, cancellationToken);
                measured.Samples.Add(sample);
                ReportProgress($"{count} replicas", contestant, sample);
            }
        }

        return all;
    }

    private static void ReportProgress(string what, Contestant contestant, Sample sample) =>
        Console.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"bench: {what}, {contestant.Name}: {sample.PerSecond:#,0}/s, p99 {sample.P99:0.0} ms, "
                    + $"errors {sample.Errors}, CPU {sample.ProxyCpu:0.00} + {sample.ReplicaCpu:0.00} + "
                    + $"{sample.ClientCpu:0.00} s per 10,000"
            )
        );
}
