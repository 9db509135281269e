using System.Globalization;
using System.Text;
using Softy.Bench.Contestants;
using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>The part of the report that compares Softy with its own targets.</summary>
internal static class Targets
{
    private const double FirstAnswer = 0.6;
    private const double Cold = 0.9;
    private const long MemoryMiB = 200;
    private const double IdleCores = 0.01;

    public static void Write(StringBuilder text, BenchResult result)
    {
        var softy = result.Memory[0];
        text.Append("\n## Targets\n\n| Softy | target | measured | |\n| --- | ---: | ---: | --- |\n");
        Compare("hello", Competitors.Nginx, "requests/s", s => s.PerSecond, atLeast: 0.85);
        Compare("hello", Competitors.Nginx, "p99", s => s.P99, atMost: 1.25);
        Compare("hello", Competitors.Nginx, "CPU time of the proxy per request", s => s.ProxyCpu, atMost: 1.3);
        Compare("hello", Competitors.HAProxy, "requests/s", s => s.PerSecond, atLeast: 0.8);
        Compare("fixed-rate", Competitors.Nginx, "p99", s => s.P99, atMost: 1.5);
        Compare("messages", Competitors.Nginx, "requests/s", s => s.PerSecond, atLeast: 0.9);
        Compare("post", Competitors.Nginx, "requests/s", s => s.PerSecond, atLeast: 0.9);
        foreach (var rounds in result.ColdStarts.Where(each => each.Build == softy.Build).GroupBy(each => each.Cores))
        {
            var cores = string.Create(
                CultureInfo.InvariantCulture,
                $"{rounds.Key} {(rounds.Key == 1 ? "core" : "cores")}"
            );
            var answer = Statistics.Median(rounds.Select(each => each.FirstAnswer));
            Row(
                $"first answer of a gateway and three replicas that start at once, on {cores}",
                $"≤ {FirstAnswer:0.0} s",
                $"{Ratio.RoundUp(answer):0.00} s",
                answer <= FirstAnswer
            );
            var cold =
                Statistics.Median(rounds.Select(each => each.Requests[^1]))
                / Statistics.Median(rounds.Select(each => each.Warm));
            Row(
                $"requests in their first 10 seconds, against the next 10, on {cores}",
                $"≥ {Cold:0.0}×",
                $"{Ratio.RoundDown(cold):0.00}×",
                cold >= Cold
            );
        }

        long[] memory = [softy.Idle.Proportional, softy.AfterHello.Proportional, softy.AfterAll.Proportional];
        Row(
            "memory of gateway, three replicas and web, shared memory counted once, at its highest below",
            $"≤ {MemoryMiB} MiB",
            $"{Footprint.MiB(memory.Max())} MiB",
            memory.Max() <= MemoryMiB << 20
        );
        Row(
            "CPU time of the same processes when idle",
            $"≤ {IdleCores * 100:0} % of a core",
            $"{softy.IdleCores * 100:0.0} %",
            softy.IdleCores <= IdleCores
        );
        text.Append(
            """

            What a request costs where, which system calls it makes, and what was tried where a target is missed, is in
            [tuning.md](tuning.md).

            """
        );

        void Compare(
            string slug,
            string competitor,
            string what,
            Func<Sample, double> value,
            double? atLeast = null,
            double? atMost = null
        )
        {
            // A quick run leaves workloads and competitors out.
            if (
                result.Workloads.Append(result.FixedRate).FirstOrDefault(each => each.Slug == slug) is not { } workload
                || workload.Series.FirstOrDefault(each => each.Contestant == competitor) is not { } other
            )
            {
                return;
            }

            var ratio = workload.Series[0].Median(value) / other.Median(value);
            Row(
                $"{workload.Title}: {what}, against {competitor}",
                atLeast is { } least ? (FormattableString)$"≥ {least:0.00}×" : $"≤ {atMost:0.00}×",
                atLeast is null
                    ? (FormattableString)$"{Ratio.RoundUp(ratio):0.00}×"
                    : $"{Ratio.RoundDown(ratio):0.00}×",
                !(ratio < atLeast) && !(ratio > atMost)
            );
        }

        void Row(string what, FormattableString target, FormattableString measured, bool isMet) =>
            text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {what} | {FormattableString.Invariant(target)} | {FormattableString.Invariant(measured)} "
                )
                .Append(isMet ? "| met |\n" : "| **missed** |\n");
    }
}
