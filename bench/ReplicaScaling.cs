using System.Globalization;
using Softy.Bench.Contestants;
using Softy.Bench.Load;
using Softy.Bench.Measuring;

namespace Softy.Bench;

/// <summary>Measures applications with other numbers of replicas.</summary>
internal static class ReplicaScaling
{
    private static readonly int[] _replicas = [1, 2, 3, 5, 10];

    /// <summary>
    /// Measures the replica counts up and down, so that a machine that slows down over time does not look like a cost
    /// of replicas.
    /// </summary>
    public static async Task<IReadOnlyList<(int, IReadOnlyList<Series>)>> MeasureAsync(
        Build build,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var hello = new Workload("Hello", "hello", "/api/hello");
        var all = _replicas
            .Select(count => (Count: count, Series: (IReadOnlyList<Series>)[new(build.Name), new(Competitors.Nginx)]))
            .ToList();
        foreach (var (count, series) in all.Concat(all.AsEnumerable().Reverse()))
        {
            await using var softy = await SoftyApplication.StartAsync(build, count, cancellationToken);
            using var competitors = new Competitors();
            var nginx = await competitors.StartTunedNginxAsync(softy, cancellationToken);
            foreach (var (contestant, measured) in new[] { softy.Gateway, nginx }.Zip(series))
            {
                await Wrk.MeasureAsync(
                    contestant,
                    hello,
                    Rounds.Connections,
                    TimeSpan.FromSeconds(4),
                    cancellationToken
                );
                var sample = await Wrk.MeasureAsync(contestant, hello, Rounds.Connections, duration, cancellationToken);
                measured.Samples.Add(sample);
                Rounds.ReportProgress($"{count.ToString(CultureInfo.InvariantCulture)} replicas", contestant, sample);
            }
        }

        return all;
    }
}
