using System.Diagnostics;
using System.Globalization;
using Softy.Tests.Application;
using Softy.Tests.Reliability;

namespace Softy.Tests.Faults;

/// <summary>
/// Resources die, freeze or restart, also several at a time, while clients of every kind send requests.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class FaultTests(FaultApp softy) : ApplicationTest(softy)
{
    // Enough for every run of the tests: each kind of fault, and several at a time.
    private const int FewFaults = 8;

    [Fact]
    public Task Nothing_acknowledged_is_lost_in_a_few_faults() => RunAsync(FewFaults);

    [Fact]
    [Trait("Category", "Faults")]
    public Task Nothing_acknowledged_is_lost_whatever_dies() => RunAsync(Scale.Faults);

    private async Task RunAsync(int faults)
    {
        var schedule = FaultSchedule.Create(Scale.Seed, faults);
        Output.WriteLine($"Seed {Scale.Seed}.");
        var watch = Stopwatch.StartNew();
        await using var run = new FaultRun((FaultApp)Softy);
        await run.StartAsync();
        foreach (var (number, step) in schedule.Index())
        {
            Output.WriteLine($"{watch.Elapsed.TotalSeconds:F1} s: {string.Join(" and ", step)}");
            TestContext.Current.SendDiagnosticMessage(
                $"{number + 1} of {schedule.Count}: {string.Join(" and ", step)}"
            );
            await run.ApplyAsync(step);
        }

        var findings = await run.FinishAsync();

        WriteFaults(schedule, run, findings, watch.Elapsed);
        WriteClients(run);
        findings.ShouldBeEmpty($"seed {Scale.Seed}:{Environment.NewLine}{string.Join(Environment.NewLine, findings)}");
    }

    private static void WriteFaults(
        IReadOnlyList<IReadOnlyList<Fault>> schedule,
        FaultRun run,
        IReadOnlyList<string> findings,
        TimeSpan took
    )
    {
        var faults = schedule.SelectMany(step => step).ToArray();
        var report = new Report("faults", "resource", "kill -9", "frozen", "restarted");
        foreach (var target in FaultRun.Resources)
        {
            report.Row(target, Count(FaultKind.Kill), Count(FaultKind.Freeze), Count(FaultKind.Restart));

            int Count(FaultKind kind) => faults.Count(fault => fault.Target == target && fault.Kind == kind);
        }

        var traffic = run.Traffic;
        var outcomes = traffic.Outcomes;
        report.Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{faults.Length} faults in {schedule.Count} steps, {schedule.Count(step => step.Count > 1)} "
                    + $"of them with several at once, in {took.TotalMinutes:F1} minutes; seed {Scale.Seed}."
            )
        );
        report.Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Messages acknowledged: {outcomes.Stored.Count}; lost, doubled or changed: {findings.Count}. "
                    + $"Refused: {outcomes.Refused.Count}, of which none is there. "
                    + $"Answered with an error or not at all: {outcomes.Unknown.Count}, of which none is there twice. "
                    + $"Deleted: {outcomes.Deleted.Count}. Visits acknowledged: {outcomes.Visits.Count}. "
                    + $"Each of {traffic.Live.Count} readers of the live stream had to come back "
                    + $"{traffic.Live.Average(reader => reader.Connections - 1):F0} times and saw every message once "
                    + $"and in order."
            )
        );
        report.Write();
    }

    private static void WriteClients(FaultRun run)
    {
        var report = new Report(
            "clients",
            "request",
            "sent",
            "failed",
            "told to try again (503)",
            "502 or 504",
            "connection lost",
            "without a fault to blame"
        );
        foreach (var (operation, sent) in run.Traffic.Requests.Sent.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var failures = run
                .Traffic.Requests.Failures.Where(failure => failure.Operation.Name == operation)
                .ToArray();
            report.Row(
                $"`{operation}`",
                sent,
                failures.Length,
                failures.Count(failure => failure.Kind == "503"),
                failures.Count(failure => failure.Kind is "502" or "504"),
                failures.Count(failure => failure.Kind is "connection lost" or "no answer"),
                failures.Count(failure => !run.IsExplained(failure))
            );
        }

        report.Write();
    }
}
