using System.Globalization;
using System.Text;
using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>The part of the report that lists every figure in which Softy is behind.</summary>
internal static class Losses
{
    public static void Write(StringBuilder text, IReadOnlyList<WorkloadResult> workloads)
    {
        text.Append("\n## Where Softy loses\n\n");
        var losses = new List<string>();
        foreach (var workload in workloads)
        {
            var softy = workload.Series[0];
            foreach (var other in workload.Series.Skip(1))
            {
                Compare($"{workload.Unit}/s", s => s.PerSecond, isMoreBetter: true);
                Compare("p50", s => s.P50, isMoreBetter: false);
                Compare("p99", s => s.P99, isMoreBetter: false);
                if (other.Samples.Any(sample => sample.ProxyCpu > 0))
                {
                    Compare("CPU of the proxy", s => s.ProxyCpu, isMoreBetter: false);
                }

                void Compare(string what, Func<Sample, double> value, bool isMoreBetter)
                {
                    var (mine, theirs) = (softy.Median(value), other.Median(value));
                    if (isMoreBetter ? mine < theirs : mine > theirs)
                    {
                        var ratio = isMoreBetter ? Ratio.RoundDown(mine / theirs) : Ratio.RoundUp(mine / theirs);
                        losses.Add(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"| {workload.Title} | {other.Contestant} | {what} | {ratio:0.00}× |"
                            )
                        );
                    }
                }
            }
        }

        text.Append(
            losses.Count == 0
                ? "Nowhere in this run.\n"
                : "| workload | against | in | Softy has |\n| --- | --- | --- | ---: |\n"
        );
        losses.ForEach(loss => text.Append(loss).Append('\n'));
    }
}
