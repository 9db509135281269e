using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Softy.Tests.Application;
using Softy.Tests.Reliability;

namespace Softy.Tests.Faults;

/// <summary>The disks of the stores are slow, while clients of every kind send requests.</summary>
[Collection(FaultCollection.Name)]
[Trait("Category", "Faults")]
public sealed class SlowDiskTests(FaultApp softy) : ApplicationTest(softy)
{
    private static readonly TimeSpan _flush = TimeSpan.FromMilliseconds(100);
    private static readonly int _writes = Scale.Of(50, 500);
    private static readonly int _stalls = Scale.Of(5, 50);

    private readonly Report _report = new(
        "slow disks",
        "what was slow",
        "writes acknowledged meanwhile",
        "writes told to try again"
    );

    private FaultApp Stores => (FaultApp)Softy;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_writes_only_take_their_time()
    {
        await using var run = new FaultRun(Stores);
        await run.StartAsync();

        await FlushSlowlyAsync(run);
        await StallAsync(run);
        var findings = await run.FinishAsync();

        _report.Note(run.Account(findings));
        _report.Write();
        findings.ShouldBeEmpty(string.Join(Environment.NewLine, findings));
    }

    /// <summary>PostgreSQL waits a tenth of a second before it flushes, as with a slow disk.</summary>
    private async Task FlushSlowlyAsync(FaultRun run)
    {
        var (told, done) = (
            run.Traffic.Requests.TurnedAway(Operation.Post),
            run.Traffic.Requests.Answered(Operation.Post)
        );
        var slowest = TimeSpan.Zero;
        await run.ApplyAsync(
            "flushes were slow",
            async () =>
            {
                await SetAsync("ALTER SYSTEM SET commit_siblings = 0", "ALTER SYSTEM SET commit_delay = 100000");
                try
                {
                    await Eventually.Async(
                        async () => (slowest = await CommitAsync()) >= _flush,
                        "commits take as long as a slow disk would"
                    );
                    await Eventually.Async(
                        () => run.Traffic.Requests.Answered(Operation.Post) - done >= _writes,
                        "messages are written all the same"
                    );
                }
                finally
                {
                    await SetAsync("ALTER SYSTEM RESET commit_siblings", "ALTER SYSTEM RESET commit_delay");
                }

                await Eventually.Async(async () => await CommitAsync() < _flush, "commits are fast again");
            }
        );
        _report.Row(
            string.Create(
                CultureInfo.InvariantCulture,
                $"every flush of PostgreSQL: a commit took {slowest.TotalMilliseconds:F0} ms"
            ),
            run.Traffic.Requests.Answered(Operation.Post) - done,
            run.Traffic.Requests.TurnedAway(Operation.Post) - told
        );
    }

    /// <summary>Redis freezes repeatedly, as it does while its disk cannot write the log.</summary>
    private async Task StallAsync(FaultRun run)
    {
        var (told, done) = (
            run.Traffic.Requests.TurnedAway(Operation.Visit),
            run.Traffic.Requests.Answered(Operation.Visit)
        );
        await run.ApplyAsync(
            "Redis stalled",
            async () =>
            {
                for (var n = 0; n < _stalls; n++)
                {
                    try
                    {
                        await Stores.FreezeAsync("redis", Cancellation);
                        await Task.Delay(TimeSpan.FromMilliseconds(500), Cancellation);
                    }
                    finally
                    {
                        await Stores.ThawAsync("redis");
                    }

                    var counted = run.Traffic.Requests.Answered(Operation.Visit);
                    await Eventually.Async(
                        () => run.Traffic.Requests.Answered(Operation.Visit) > counted,
                        "visits are counted between two stalls"
                    );
                }
            }
        );
        _report.Row(
            $"Redis: {_stalls} stalls of half a second",
            run.Traffic.Requests.Answered(Operation.Visit) - done,
            run.Traffic.Requests.TurnedAway(Operation.Visit) - told
        );
    }

    /// <summary>The duration of a commit, without that of connecting.</summary>
    private async Task<TimeSpan> CommitAsync()
    {
        await using var database = new NpgsqlConnection((await App.GetConnectionStringAsync("softydb", Cancellation))!);
        await database.OpenAsync(Cancellation);
        var started = Stopwatch.GetTimestamp();
        await using var command = new NpgsqlCommand(
            "SELECT pg_logical_emit_message(true, 'softy', 'anything')",
            database
        );
        await command.ExecuteNonQueryAsync(Cancellation);
        return Stopwatch.GetElapsedTime(started);
    }

    private async Task SetAsync(params string[] statements)
    {
        foreach (var statement in (string[])[.. statements, "SELECT pg_reload_conf()"])
        {
            await ExecuteAsync(statement);
        }
    }
}
