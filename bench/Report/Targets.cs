using System.Globalization;
using System.Text;
using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>The part of the report that compares Softy with its own targets.</summary>
internal static class Targets
{
    private const double FirstAnswer = 0.6;
    private const double Cold = 0.9;
    private const long MemoryMiB = 200;

    public static void Write(StringBuilder text, BenchResult result)
    {
        var softy = result.Memory[0];
        text.Append("\n## Targets\n\n| Softy | target | measured | |\n| --- | ---: | ---: | --- |\n");
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

        void Row(string what, FormattableString target, FormattableString measured, bool isMet) =>
            text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {what} | {FormattableString.Invariant(target)} | {FormattableString.Invariant(measured)} "
                )
                .Append(isMet ? "| met |\n" : "| **missed** |\n");
    }
}
