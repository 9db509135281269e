using System.Xml.Linq;
using Softy.Bench;
using Softy.Bench.Measuring;
using Softy.Bench.Report;

namespace Softy.Tests.Bench;

/// <summary>How the benchmark reports its measurements.</summary>
public sealed class ReportTests
{
    [Fact]
    public void Figures_are_medians_and_ratios_are_rounded_against_Softy()
    {
        var report = Compose(
            Measured("Softy", (1999, 1.001), (100, 9), (5000, 0.5)),
            Measured("other", (1000, 1), (1000, 1), (1000, 1))
        );

        report.ShouldContain("| Softy | 1,999 | 100–5,000 |");
        report.ShouldContain("| other | 1.99× | 1.01× |");
    }

    [Fact]
    public void Every_figure_in_which_Softy_is_behind_is_listed()
    {
        var report = Compose(Measured("Softy", (999, 2)), Measured("other", (1000, 1)));

        // It comes before the figures, so that nobody has to look for it.
        var losses = report[report.IndexOf("## Where Softy loses", StringComparison.Ordinal)..];
        report.IndexOf("| range |", StringComparison.Ordinal).ShouldBeGreaterThan(report.Length - losses.Length);
        losses = losses[..losses.IndexOf("\n## ", StringComparison.Ordinal)];
        losses.ShouldContain("| Hello | other | requests/s | 0.99× |");
        losses.ShouldContain("| Hello | other | p99 | 2.00× |");
        losses.ShouldNotContain("| p50 |");
        losses.ShouldNotContain("| CPU of the proxy |");
    }

    [Fact]
    public void The_report_says_so_when_Softy_is_never_behind() =>
        Compose(Measured("Softy", (2, 1)), Measured("other", (1, 1))).ShouldContain("Nowhere in this run.");

    [Fact]
    public void Memory_is_reported_with_and_without_shared_memory() =>
        Compose(Measured("Softy", (2, 1))).ShouldContain("| after Hello | 2 | 3 | 4 | 5 |");

    [Fact]
    public void A_cold_start_is_compared_with_the_seconds_after_it() =>
        Compose(Measured("Softy", (2, 1))).ShouldContain("| 1 | Softy | 3.00 s | 200 | 500 | 2,500 | 4,000 | 0.62× |");

    [Fact]
    public void Targets_are_reported_as_met_or_missed_before_everything_else()
    {
        var report = Compose(Measured("Softy", (2, 1)));

        var targets = report[report.IndexOf("## ", StringComparison.Ordinal)..];
        targets.ShouldStartWith("## Targets");
        targets = targets[..targets.IndexOf("\n## ", StringComparison.Ordinal)];
        targets.ShouldContain("start at once, on 1 core | ≤ 0.6 s | 3.00 s | **missed** |");
        targets.ShouldContain("against the next 10, on 1 core | ≥ 0.9× | 0.62× | **missed** |");
        targets.ShouldContain("| ≤ 200 MiB | 2 MiB | met |");
        targets.ShouldNotContain("9.00 s");
        targets.ShouldContain("[tuning.md](tuning.md)");
    }

    [Fact]
    public void Targets_against_others_are_reported_for_what_was_measured()
    {
        var report = Compose(Measured("Softy", (849, 2.5)), Measured("nginx, tuned", (1000, 2)));

        report.ShouldContain("| Hello: requests/s, against nginx, tuned | ≥ 0.85× | 0.84× | **missed** |");
        report.ShouldContain("| Hello: p99, against nginx, tuned | ≤ 1.25× | 1.25× | met |");
        report.ShouldContain("| Hello at a fixed rate: p99, against nginx, tuned | ≤ 1.50× | 1.25× | met |");
        report.ShouldNotContain("against HAProxy");
    }

    [Fact]
    public void It_is_reported_which_programs_run()
    {
        var report = Compose(Measured("Softy", (2, 1)), Measured("Softy (JIT)", (1, 1)));

        report.ShouldContain("| Softy | gateway and replicas as in the images: native programs");
        report.ShouldContain("| Softy (JIT) | a gateway, replicas and stores of its own");
        report.ShouldNotContain("Caddy with");
    }

    [Fact]
    public void The_slowest_requests_are_reported_too() =>
        Compose(Measured("Softy", (2, 1))).ShouldContain("| 1.00 ms | 7.25 ms | 0 |");

    [Fact]
    public void Memory_that_processes_share_is_counted_once()
    {
        var memory = Usage.Memory([Environment.ProcessId]);

        memory.Proportional.ShouldBeInRange(1, memory.Resident);
        Usage.PeakBytes([Environment.ProcessId]).ShouldBeGreaterThanOrEqualTo(memory.Proportional);
    }

    [Fact]
    public void A_chart_is_an_image_whose_bars_are_in_proportion()
    {
        XNamespace svg = "http://www.w3.org/2000/svg";

        var chart = XDocument.Parse(
            BarChart.Draw("A < B", [Measured("Softy", (500, 1)), Measured("other", (1000, 1))])
        );

        var bars = chart.Descendants(svg + "rect").Select(bar => (double)bar.Attribute("width")!).ToList();
        bars.Count.ShouldBe(2);
        (bars[0] / bars[1]).ShouldBe(0.5, tolerance: 0.01);
        chart.Descendants(svg + "text").Select(text => text.Value).ShouldContain("1,000/s");
    }

    [Theory]
    [InlineData("--fly")]
    [InlineData("--rounds")]
    [InlineData("--rounds", "0")]
    [InlineData("--seconds", "61")]
    [InlineData("--output")]
    [InlineData("--native")]
    public void Wrong_arguments_are_refused(params string[] arguments)
    {
        BenchOptions.Read(arguments, out var error).ShouldBeNull();
        error.ShouldContain($"'{arguments[0]}'");
    }

    private static string Compose(params Series[] series) =>
        MarkdownReport.Compose(
            new BenchResult(
                new BenchOptions(Quick: true, Output: null, Rounds: 1, Seconds: 1, Native: ""),
                [("processor", "one")],
                [new WorkloadResult("Hello", "hello", "requests", series)],
                new WorkloadResult("Hello at a fixed rate", "fixed-rate", "requests", series),
                [
                    new ColdStartSample("Softy", 1, 3.5, [100, 400, 2000], 4000),
                    new ColdStartSample("Softy", 1, 2.5, [300, 600, 3000], 4000),
                    new ColdStartSample("Softy (JIT)", 1, 9, [1, 2, 3], 4),
                ],
                [],
                [],
                [
                    new MemoryResult("Softy", new(3, 2)) { AfterHello = new(3 << 20, 2 << 20) },
                    new MemoryResult("Softy (JIT)", new(3, 2)) { AfterHello = new(5 << 20, 4 << 20) },
                ],
                []
            )
        );

    private static Series Measured(string contestant, params (double PerSecond, double P99)[] samples)
    {
        var series = new Series(contestant);
        series.Samples.AddRange(
            samples.Select(sample => new Sample(sample.PerSecond, 1, sample.P99, 7.25, 0, 0, 0, 0))
        );
        return series;
    }
}
