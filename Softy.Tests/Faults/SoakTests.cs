using System.Globalization;
using Softy.Tests.Api;
using Softy.Tests.Application;
using Softy.Tests.Reliability;

namespace Softy.Tests.Faults;

/// <summary>Under moderate load for a long time, services do not use more and more memory or files.</summary>
[Collection(FaultCollection.Name)]
[Trait("Category", "Soak")]
public sealed class SoakTests(FaultApp softy) : ApplicationTest(softy)
{
    private const int Samples = 10;

    private static readonly string[] _services = ["gateway", "api-1", "api-2", "api-3", "web"];
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Memory_and_open_files_stay_what_they_were()
    {
        var length = Scale.SoakMinutes == 0 ? _shortest : TimeSpan.FromMinutes(Scale.SoakMinutes);
        await using var run = new FaultRun((StoreApp)Softy);
        await run.StartAsync();
        await run.Traffic.HasSentAsync(1_000, Cancellation);
        run.Traffic.TakeLatencies();

        var report = new Report(
            "soak",
            ["minutes", "requests", "p50", "p99", .. _services.Select(service => $"`{service}`")]
        );
        var first = Figures();
        report.Row([
            "0",
            run.Traffic.Requests.Sent.Values.Sum(),
            "",
            "",
            .. _services.Select(service => (object)first[service]),
        ]);
        for (var sample = 1; sample <= Samples; sample++)
        {
            await Task.Delay(length / Samples, Cancellation);
            var latencies = run.Traffic.TakeLatencies();
            var figures = Figures();
            report.Row([
                (length * sample / Samples).TotalMinutes.ToString("F1", CultureInfo.InvariantCulture),
                run.Traffic.Requests.Sent.Values.Sum(),
                Milliseconds(latencies, 0.50),
                Milliseconds(latencies, 0.99),
                .. _services.Select(service => (object)figures[service]),
            ]);
        }

        var last = Figures();
        var findings = await run.FinishAsync();
        report.Note($"{run.Traffic.Requests.Failures.Count} requests failed.");
        report.Write();

        findings.ShouldBeEmpty();
        foreach (var service in _services)
        {
            // .NET keeps some memory that no other process asks for.
            last[service].Memory.ShouldBeLessThan((2 * first[service].Memory) + 200, service);
            last[service].Files.ShouldBeLessThan(first[service].Files + 150, service);
        }
    }

    private static string Milliseconds(double[] sorted, double quantile) =>
        sorted.Length == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{sorted[(int)((sorted.Length - 1) * quantile)]:F1} ms");

    private Dictionary<string, ProcessFigures> Figures() =>
        _services.ToDictionary(service => service, service => ProcessFigures.Of(App, service), StringComparer.Ordinal);
}
