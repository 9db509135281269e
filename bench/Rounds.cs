using System.Globalization;
using Softy.Bench.Contestants;
using Softy.Bench.Load;
using Softy.Bench.Measuring;
using Softy.Bench.Report;

namespace Softy.Bench;

/// <summary>
/// Measures contestants over several rounds. They take turns within each round, so that noise affects all of them, and
/// each round starts with another one, so that none always follows the same one.
/// </summary>
internal sealed class Rounds(BenchOptions options)
{
    /// <summary>How many connections a workload has unless another number is stated.</summary>
    public const int Connections = 64;

    private const int Readers = 300;
    private const int Messages = 20;

    private readonly TimeSpan _duration = TimeSpan.FromSeconds(options.Seconds);

    /// <summary>How long each contestant gets the fixed rate before the first round with it.</summary>
    public static TimeSpan FixedRateWarmUp(bool quick) => TimeSpan.FromSeconds(quick ? 3 : 10);

    /// <summary>Measures as many requests as contestants answer.</summary>
    public Task<IReadOnlyList<Series>> MeasureAsync(
        Workload workload,
        IReadOnlyList<Contestant> contestants,
        int connections,
        int rounds,
        CancellationToken cancellationToken
    ) =>
        TakeTurnsAsync(
            $"{workload.Name}, {connections.ToString(CultureInfo.InvariantCulture)} connections",
            contestants,
            rounds,
            contestant => Wrk.MeasureAsync(contestant, workload, connections, _duration, cancellationToken)
        );

    /// <summary>Measures a workload with the usual connections and rounds.</summary>
    public async Task<WorkloadResult> MeasureAsync(
        Workload workload,
        IReadOnlyList<Contestant> contestants,
        CancellationToken cancellationToken
    ) =>
        new(
            workload.Name,
            workload.Slug,
            "requests",
            await MeasureAsync(workload, contestants, Connections, options.Rounds, cancellationToken)
        );

    /// <summary>Measures latencies at a rate that all contestants can handle.</summary>
    public async Task<WorkloadResult> OfferFixedRateAsync(
        Workload workload,
        IReadOnlyList<Contestant> contestants,
        double perSecond,
        CancellationToken cancellationToken
    )
    {
        foreach (var contestant in contestants)
        {
            await OfferAsync(contestant, FixedRateWarmUp(options.Quick));
        }

        var name = $"{workload.Name} at a fixed rate";
        return new WorkloadResult(
            name,
            "fixed-rate",
            "requests",
            await TakeTurnsAsync(
                name,
                contestants,
                options.Rounds,
                contestant => OfferAsync(contestant, TimeSpan.FromSeconds(1))
            )
        );

        Task<Sample> OfferAsync(Contestant contestant, TimeSpan warmUp) =>
            FixedRate.MeasureAsync(
                contestant,
                workload.Path,
                perSecond,
                Connections,
                warmUp,
                _duration,
                cancellationToken
            );
    }

    /// <summary>Measures how fast messages reach readers of the live feed.</summary>
    public async Task<WorkloadResult> FanOutAsync(
        IReadOnlyList<Contestant> contestants,
        CancellationToken cancellationToken
    ) =>
        new(
            $"Live feed to {Readers.ToString(CultureInfo.InvariantCulture)} readers",
            "live",
            "events",
            await TakeTurnsAsync(
                "live feed",
                contestants,
                options.Rounds,
                contestant => EventFanOut.MeasureAsync(contestant, Readers, Messages, cancellationToken)
            )
        );

    /// <summary>Prints a measurement.</summary>
    public static void ReportProgress(string what, Contestant contestant, Sample sample) =>
        Console.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"bench: {what}, {contestant.Name}: {sample.PerSecond:#,0}/s, p99 {sample.P99:0.0} ms, "
                    + $"errors {sample.Errors}, CPU {sample.ProxyCpu:0.00} + {sample.ReplicaCpu:0.00} + "
                    + $"{sample.ClientCpu:0.00} s per 10,000"
            )
        );

    private static async Task<IReadOnlyList<Series>> TakeTurnsAsync(
        string what,
        IReadOnlyList<Contestant> contestants,
        int rounds,
        Func<Contestant, Task<Sample>> measureAsync
    )
    {
        var all = contestants.Select(contestant => new Series(contestant.Name)).ToList();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (contestant, series) in Rotate(contestants.Zip(all), round))
            {
                var sample = await measureAsync(contestant);
                series.Samples.Add(sample);
                ReportProgress(
                    $"{what}, round {(round + 1).ToString(CultureInfo.InvariantCulture)}",
                    contestant,
                    sample
                );
            }
        }

        return all;
    }

    /// <summary>Starts with another item in each round.</summary>
    private static IEnumerable<T> Rotate<T>(IEnumerable<T> items, int round)
    {
        var all = items.ToList();
        return all.Skip(round % all.Count).Concat(all.Take(round % all.Count));
    }
}
