using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Softy.Tests.Application;
using Softy.Tests.Reliability;

namespace Softy.Tests.Faults;

/// <summary>The disks of the stores fill up and get room again, while clients of every kind send requests.</summary>
[Trait("Category", "Root")]
public sealed class FullDiskTests(FaultApp softy) : ApplicationTest(softy), IClassFixture<FaultApp>
{
    // PostgreSQL starts with about 60 MiB, and Redis with nothing.
    private const int PostgresSize = 224;
    private const int RedisSize = 32;

    private const string NextLog = "SELECT pg_logical_emit_message(true, 'softy', 'more'); SELECT pg_switch_wal()";

    // The statement fails and is rolled back: it adds no message, but leaves no room for messages.
    private const string Ballast =
        "INSERT INTO messages (author, text, owner_hash) "
        + "SELECT 'Ballast', repeat('x', 1000), '' FROM generate_series(1, 1000000)";

    private static readonly int _refusals = Scale.Of(20, 100);
    private static readonly int _reads = Scale.Of(50, 200);

    private readonly Report _report = new(
        "full disks",
        "what was full",
        "how often",
        "writes told to try again",
        "reads answered meanwhile",
        "reads told to try again",
        "what it took to be well again"
    );

    private FaultApp Stores => (FaultApp)Softy;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_what_need_not_write_goes_on()
    {
        await using var postgres = await SmallDisk.MoveAsync(Stores, "postgres", PostgresSize, Cancellation);
        await using var redis = await SmallDisk.MoveAsync(Stores, "redis", RedisSize, Cancellation);
        await using var run = new FaultRun(Stores);
        await run.StartAsync();

        await FillAsync(run, "PostgreSQL's disk", [postgres], [(Operation.Post, Operation.Find)]);
        await FillAsync(run, "Redis's disk", [redis], [(Operation.Visit, Operation.Visits)]);
        await FillAsync(
            run,
            "both",
            [postgres, redis],
            [(Operation.Post, Operation.Find), (Operation.Visit, Operation.Visits)]
        );
        await EndAsync(run, postgres);
        var findings = await run.FinishAsync();

        _report.Note(run.Account(findings));
        _report.Write();
        findings.ShouldBeEmpty(string.Join(Environment.NewLine, findings));
    }

    private async Task FillAsync(
        FaultRun run,
        string what,
        SmallDisk[] disks,
        (Operation Write, Operation Read)[] operations
    )
    {
        var (told, answered, refused) = (0L, 0L, 0L);
        var times = Scale.Of(1, 4);
        for (var n = 0; n < times; n++)
        {
            await run.ApplyAsync(
                $"{what} was full",
                async () =>
                {
                    await Eventually.Async(
                        () =>
                            Array.TrueForAll(
                                operations,
                                pair =>
                                    run.Traffic.Requests.Answered(pair.Write) > 0
                                    && run.Traffic.Requests.Answered(pair.Read) > 0
                            ),
                        "there is what can be read"
                    );
                    // PostgreSQL gets a new log file first, because it would shut down without one.
                    await ExecuteAsync($"{NextLog}; CHECKPOINT");
                    var from = Stopwatch.GetTimestamp();
                    var before = operations.ToDictionary(
                        pair => pair.Read,
                        pair => run.Traffic.Requests.Answered(pair.Read)
                    );
                    try
                    {
                        Array.ForEach(disks, disk => disk.Fill());
                        if (Array.Exists(operations, pair => pair.Write == Operation.Post))
                        {
                            (await Should.ThrowAsync<PostgresException>(() => ExecuteAsync(Ballast))).SqlState.ShouldBe(
                                PostgresErrorCodes.DiskFull
                            );
                        }

                        await Eventually.Async(
                            () =>
                            {
                                // Fills room that the store has released in the meantime.
                                Array.ForEach(disks, disk => disk.Fill());
                                return Array.TrueForAll(
                                    operations,
                                    pair => Told(pair.Write) >= _refusals && Answered(pair.Read) >= _reads
                                );
                            },
                            $"writes are told to try again, and reads answered, while {what} is full"
                        );
                        told += operations.Sum(pair => Told(pair.Write));
                        refused += operations.Sum(pair => Told(pair.Read));
                        answered += operations.Sum(pair => Answered(pair.Read));
                    }
                    finally
                    {
                        Array.ForEach(disks, disk => disk.Relieve());
                    }

                    long Told(Operation operation) => run.Traffic.Requests.TurnedAway(operation, from);

                    long Answered(Operation read) => run.Traffic.Requests.Answered(read) - before[read];
                }
            );
        }

        // Replicas do not treat a full store as an outage: the circuit breaker would reject most reads.
        refused.ShouldBeLessThan(answered);
        _report.Row(what, times, told, answered, refused, "room");
    }

    /// <summary>
    /// Leaves no room for PostgreSQL's write-ahead log: the server shuts down and cannot recover until it gets room.
    /// </summary>
    private async Task EndAsync(FaultRun run, SmallDisk disk)
    {
        var from = Stopwatch.GetTimestamp();
        await run.ApplyAsync(
            "PostgreSQL's log could not grow",
            async () =>
            {
                try
                {
                    await Eventually.Async(
                        async () =>
                        {
                            disk.Fill();
                            await UseUpLogAsync();
                            return App.ResourceNotifications.TryGetCurrentState("postgres", out var state)
                                && KnownResourceStates.TerminalStates.Contains(state.Snapshot.State?.Text);
                        },
                        "PostgreSQL ends"
                    );
                    // Clients notice the fault.
                    await run.Traffic.HasSentAsync(200, Cancellation);
                }
                finally
                {
                    disk.Relieve();
                }

                await Softy.CommandAsync("postgres", KnownResourceCommands.StartCommand, Cancellation);
            },
            new Fault(FaultKind.Kill, "postgres", TimeSpan.Zero)
        );
        var told = run.Traffic.Requests.TurnedAway(Operation.Post, from);
        _report.Row(
            "PostgreSQL's disk, and its log at the end of a file: it ends itself",
            1,
            told.ToString(CultureInfo.InvariantCulture),
            "none",
            "all",
            "room, and `start`"
        );
    }

    /// <summary>Makes PostgreSQL start another file of its write-ahead log.</summary>
    private async Task UseUpLogAsync()
    {
        try
        {
            await ExecuteAsync(NextLog);
        }
        catch (NpgsqlException)
        {
            // The server shuts down, as the test expects.
        }
    }
}
