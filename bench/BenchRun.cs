using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Bench.Contestants;
using Softy.Bench.Load;
using Softy.Bench.Measuring;
using Softy.Bench.Report;

namespace Softy.Bench;

/// <summary>
/// Runs all measurements. The contestants take turns within each round, so that noise affects all of them.
/// </summary>
internal sealed class BenchRun(BenchOptions options)
{
    private const int Connections = 64;
    private const int Readers = 300;
    private const int Messages = 20;

    private static readonly int[] _connections = [1, 16, 64, 256, 1000];
    private static readonly int[] _replicas = [1, 2, 3, 5, 10];

    private readonly TimeSpan _duration = TimeSpan.FromSeconds(options.Seconds);

    public async Task<BenchResult> RunAsync(CancellationToken cancellationToken)
    {
        List<WorkloadResult> workloads = [];
        List<(int, IReadOnlyList<Series>)> connections = [];
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
            var (large, uncached) = await FillWallAsync(gateway, options.Quick ? 50 : 1000, cancellationToken);
            var page = new Workload("Newest 20 messages, cached", "messages", "/api/messages?limit=20");
            var site = new Workload("The web page", "page", "/");

            // New .NET processes recompile hot code first. The other contestants need no such warm-up.
            await Wrk.MeasureAsync(
                gateway,
                hello,
                Connections,
                TimeSpan.FromSeconds(options.Quick ? 4 : 15),
                cancellationToken
            );
            await AddAsync(hello, [gateway, nginx, haproxy, simple, flask, direct]);
            var afterHello = MemoryNow();
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
            foreach (var (contestant, series) in contestants.Zip(all))
            {
                var sample = await Wrk.MeasureAsync(contestant, workload, connections, _duration, cancellationToken);
                series.Samples.Add(sample);
                ReportProgress($"{workload.Name}, {connections} connections, round {round + 1}", contestant, sample);
            }
        }

        return all;
    }

    private async Task<WorkloadResult> FanOutAsync(
        IReadOnlyList<Contestant> contestants,
        CancellationToken cancellationToken
    )
    {
        var all = contestants.Select(contestant => new Series(contestant.Name)).ToList();
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var (contestant, series) in contestants.Zip(all))
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

    /// <summary>Posts messages to the wall: first large ones, for a page of about 100 KB, then small ones.</summary>
    /// <returns>The page of large messages, and pages of small ones, so many that the cache has few of them.</returns>
    private static async Task<(Workload Large, Workload Uncached)> FillWallAsync(
        Contestant gateway,
        int small,
        CancellationToken cancellationToken
    )
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = gateway.Address,
        };
        foreach (
            var text in Enumerable
                .Repeat(new string('x', 1900), 50)
                .Concat(Enumerable.Repeat("A message of the usual length.", small))
        )
        {
            using var response = await client.PostAsJsonAsync(
                "/api/messages",
                new { author = "bench", text },
                cancellationToken
            );
            response.EnsureSuccessStatusCode();
        }

        var cursors = new List<string>();
        var path = "/api/messages?limit=1";
        while (cursors.Count < small)
        {
            var page = await client.GetFromJsonAsync<JsonElement>(path, cancellationToken);
            cursors.Add(Uri.EscapeDataString(page.GetProperty("next").GetString()!));
            path = $"/api/messages?limit=1&after={cursors[^1]}";
        }

        return (
            new Workload("100 KB of messages", "large", $"/api/messages?limit=50&after={cursors[^1]}"),
            new Workload(
                "Pages of 10 to 30 messages, seldom cached",
                "pages",
                "/api/messages",
                Paths:
                [
                    .. from cursor in cursors
                    from limit in Enumerable.Range(10, 21)
                    select string.Create(CultureInfo.InvariantCulture, $"/api/messages?limit={limit}&after={cursor}"),
                ]
            )
        );
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
