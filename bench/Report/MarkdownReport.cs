using System.Globalization;
using System.Text;
using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>Writes the report in Markdown. Ratios are rounded to the disadvantage of Softy.</summary>
internal static class MarkdownReport
{
    /// <summary>Writes the report and its charts into a folder.</summary>
    public static async Task WriteAsync(BenchResult result, string folder, CancellationToken cancellationToken)
    {
        var charts = Directory.CreateDirectory(Path.Combine(folder, "performance"));
        foreach (var workload in result.Workloads)
        {
            await File.WriteAllTextAsync(
                Path.Combine(charts.FullName, $"{workload.Slug}.svg"),
                BarChart.Draw($"{workload.Title}: {workload.Unit} per second", workload.Series),
                cancellationToken
            );
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "performance.md"), Compose(result), cancellationToken);
    }

    public static string Compose(BenchResult result)
    {
        var (rounds, seconds) = (result.Options.Rounds, result.Options.Seconds);
        var warmUp = BenchRun.WarmUp(result.Options.Quick).TotalSeconds;
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            # Performance

            Softy compared with other load balancers, measured in one run on one machine: the same three API replicas
            behind the gateway, behind nginx, HAProxy and Caddy, one replica without a proxy, and three replicas of
            Flask behind nginx. The gateway runs with default settings: probes, failover, limits and counters are on.
            "Softy" is what the images have, native programs; [what runs](#what-runs) is below.

            `./softy bench` repeats the run and writes this page; `./softy bench --quick` prints the most important
            figures in a few minutes. Each contestant was measured {rounds} times for {seconds} seconds on each
            workload, in turn, in another order in each round, after a second of warm-up (and {warmUp} seconds before
            the first), with `wrk` and 64 connections unless stated otherwise. The figures are medians; the lines in the
            charts are the range of all rounds. Client, proxies, replicas and stores share the cores of the machine, so
            that a proxy that uses less CPU leaves more to the replicas. The configurations are in
            [`bench/configurations`](../bench/configurations). The API with ten million messages is on [a page of its
            own](performance/wall.md).

            | | |
            | --- | --- |

            """
        );
        foreach (var (what, value) in result.Machine)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {value} |\n");
        }

        Targets.Write(text, result);
        WhatRuns.Write(text, result.Workloads);
        Losses.Write(text, [.. result.Workloads, result.FixedRate]);
        WriteRatios(text, result.Workloads[0]);
        foreach (var workload in result.Workloads)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n## {workload.Title}\n\n![{workload.Title}](performance/{workload.Slug}.svg)\n\n"
            );
            WriteTable(text, workload);
        }

        WriteFixedRate(text, result);
        ColdStarts.Write(text, result.ColdStarts);
        WriteConnections(text, result);
        WriteReplicas(text, result);
        Footprint.Write(text, result);
        return text.ToString();
    }

    private static void WriteRatios(StringBuilder text, WorkloadResult workload)
    {
        var softy = workload.Series[0];
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n## Softy against the others: {workload.Title}, 64 connections\n\n"
        );
        text.Append("| against | requests/s | p99 latency |\n| --- | --- | --- |\n");
        foreach (var other in workload.Series.Skip(1))
        {
            var speed = softy.Median(s => s.PerSecond) / other.Median(s => s.PerSecond);
            var latency = softy.Median(s => s.P99) / other.Median(s => s.P99);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {other.Contestant} | {Ratio.RoundDown(speed):0.00}× | {Ratio.RoundUp(latency):0.00}× |\n"
            );
        }
    }

    private static void WriteTable(StringBuilder text, WorkloadResult workload)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            | | {workload.Unit}/s | range | p50 | p99 | p99.9 | errors | CPU s per 10,000: proxy | replicas | client |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |

            """
        );
        foreach (var series in workload.Series)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {series.Contestant} | {series.Median(s => s.PerSecond):#,0} "
            );
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {series.Lowest(s => s.PerSecond):#,0}–{series.Highest(s => s.PerSecond):#,0} "
            );
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {series.Median(s => s.P50):0.00} ms | {series.Median(s => s.P99):0.00} ms "
            );
            text.Append(CultureInfo.InvariantCulture, $"| {series.Median(s => s.P999):0.00} ms | {series.Errors} ");
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {series.Median(s => s.ProxyCpu):0.00} | {series.Median(s => s.ReplicaCpu):0.00} "
            );
            text.Append(CultureInfo.InvariantCulture, $"| {series.Median(s => s.ClientCpu):0.00} |\n");
        }
    }

    private static void WriteFixedRate(StringBuilder text, BenchResult result)
    {
        var workload = result.FixedRate;
        var warmUp = Rounds.FixedRateWarmUp(result.Options.Quick).TotalSeconds;
        text.Append(
            CultureInfo.InvariantCulture,
            $"""

            ## {workload.Title}

            Half of the requests per second that tuned nginx reaches above, sent on time whether or not the proxy keeps
            up. A latency counts from the moment when its request was due. After the requests above, each contestant had
            got {warmUp} seconds of this rate before the first round, and a second before each. All got the same, and
            .NET may still have compiled code of Softy (JIT) in the measured seconds; native programs have nothing to
            compile.


            """
        );
        WriteTable(text, workload);
    }

    private static void WriteConnections(StringBuilder text, BenchResult result)
    {
        if (result.Connections.Count > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n## Connections\n\n{result.Workloads[0].Title}, requests per second (p99 in ms).\n\n"
            );
            WriteGrid(text, "connections", result.Connections);
        }
    }

    private static void WriteReplicas(StringBuilder text, BenchResult result)
    {
        if (result.Replicas.Count > 0)
        {
            var title = result.Workloads[0].Title;
            text.Append(
                CultureInfo.InvariantCulture,
                $"""

                ## Replicas

                {title}, requests per second (p99 in ms), with more replicas on the same cores, which do not make one
                machine faster. Whatever the proxy, each of ten replicas wakes for one request where a single one wakes
                for ten. Each application is a new one, and each proxy is measured after six seconds of load.


                """
            );
            WriteGrid(text, "replicas", result.Replicas);
        }
    }

    /// <summary>Writes a table with a row for each count and a column for each contestant.</summary>
    private static void WriteGrid(
        StringBuilder text,
        string what,
        IReadOnlyList<(int Count, IReadOnlyList<Series> Series)> lines
    )
    {
        text.Append("| ")
            .Append(what)
            .Append(" |")
            .AppendJoin("", lines[0].Series.Select(series => $" {series.Contestant} |"));
        text.Append("\n| ---: |")
            .Append(string.Concat(Enumerable.Repeat(" ---: |", lines[0].Series.Count)))
            .Append('\n');
        foreach (var (count, all) in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {count:#,0} |");
            foreach (var series in all)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $" {series.Median(s => s.PerSecond):#,0} ({series.Median(s => s.P99):0.0})"
                );
                text.Append(
                    series.Errors > 0
                        ? string.Create(CultureInfo.InvariantCulture, $", {series.Errors} errors |")
                        : " |"
                );
            }

            text.Append('\n');
        }
    }
}
