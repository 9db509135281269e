using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Softy.Tests.Reliability;

namespace Softy.Tests.Api;

/// <summary>The schema is applied once, by whichever replica comes first, and guarded afterwards.</summary>
[Collection(nameof(OutageCollection))]
public sealed class SchemaTests(OutageCollection.Fixture softy) : ApiTest(softy)
{
    private static readonly string[] _replicas = ["api-1", "api-2", "api-3"];

    [Fact]
    public async Task Three_replicas_that_start_at_once_apply_the_schema_once()
    {
        var rounds = Scale.Of(1, 5);

        var watch = Stopwatch.StartNew();
        for (var round = 0; round < rounds; round++)
        {
            await StopAllAsync();
            await ExecuteAsync("DROP SCHEMA public CASCADE; CREATE SCHEMA public");

            await Task.WhenAll(
                _replicas.Select(replica =>
                    Softy.CommandAsync(replica, KnownResourceCommands.StartCommand, Cancellation)
                )
            );
            await Task.WhenAll(_replicas.Select(replica => Softy.WaitUntilHealthyAsync(replica, Cancellation)));

            // Every migration was recorded once, by one transaction.
            (
                await QueryAsync(
                    "SELECT count(*) = max(number) AND count(DISTINCT xmin::text) = 1 FROM schema_migrations"
                )
            ).ShouldBe(true);
            (await PostMessageAsync("Round", "works")).Id.ShouldBe("1");
        }

        Output.WriteLine($"{rounds} rounds, {watch.Elapsed.TotalSeconds / rounds:F1} s each.");
    }

    [Fact]
    public async Task Without_the_lock_replicas_that_start_at_once_get_in_each_others_way()
    {
        await StopAllAsync();

        // PostgreSQL finds this function before its own of the same name. It waits for all three replicas and locks
        // nothing. It looks often, because a replica that is only some milliseconds ahead would have finished.
        await ExecuteAsync(
            """
            DROP SCHEMA public CASCADE;
            CREATE SCHEMA public;
            CREATE SCHEMA without_lock;
            CREATE SEQUENCE without_lock.arrived MINVALUE 0 START 0;
            CREATE FUNCTION without_lock.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM nextval('without_lock.arrived');
                    FOR i IN 1 .. 60000 LOOP
                        EXIT WHEN (SELECT last_value >= 2 FROM without_lock.arrived);
                        PERFORM pg_sleep(0.001);
                    END LOOP;
                END $$;
            ALTER DATABASE softydb SET search_path = public, without_lock, pg_catalog;
            """
        );
        try
        {
            await Task.WhenAll(
                _replicas.Select(replica =>
                    Softy.CommandAsync(replica, KnownResourceCommands.StartCommand, Cancellation)
                )
            );
            var started = await Task.WhenAll(
                _replicas.Select(replica =>
                    App.ResourceNotifications.WaitForResourceAsync(
                        replica,
                        state =>
                            KnownResourceStates.TerminalStates.Contains(state.Snapshot.State?.Text)
                            || state.Snapshot.HealthStatus == HealthStatus.Healthy,
                        Cancellation
                    )
                )
            );

            started.ShouldContain(state => state.Snapshot.ExitCode == 1);
        }
        finally
        {
            await ExecuteAsync("ALTER DATABASE softydb RESET search_path; DROP SCHEMA without_lock CASCADE");
            foreach (var replica in _replicas)
            {
                App.ResourceNotifications.TryGetCurrentState(replica, out var state).ShouldBeTrue();
                if (KnownResourceStates.TerminalStates.Contains(state!.Snapshot.State?.Text))
                {
                    await Softy.CommandAsync(replica, KnownResourceCommands.StartCommand, Cancellation);
                }
            }

            await Task.WhenAll(_replicas.Select(replica => Softy.WaitUntilHealthyAsync(replica, Cancellation)));
        }
    }

    [Theory]
    [InlineData(
        "UPDATE schema_migrations SET checksum = repeat('0', 64) WHERE number = 2",
        "was changed after it had been applied"
    )]
    [InlineData("DELETE FROM schema_migrations WHERE number = 2", "where this version of Softy.Api has 0002_")]
    public async Task A_migration_that_was_changed_or_is_missing_ends_the_start(string change, string expected)
    {
        await Eventually.Async(
            async () => await QueryAsync("SELECT to_regclass('schema_migrations') IS NOT NULL") is true,
            "the schema is there"
        );
        await Softy.CommandAsync("api-3", KnownResourceCommands.StopCommand, Cancellation);
        await ExecuteAsync($"CREATE TABLE kept AS SELECT * FROM schema_migrations; {change}");
        try
        {
            await App.ResourceCommands.ExecuteCommandAsync("api-3", KnownResourceCommands.StartCommand, Cancellation);
            var ended = await App.ResourceNotifications.WaitForResourceAsync(
                "api-3",
                state =>
                    KnownResourceStates.TerminalStates.Contains(state.Snapshot.State?.Text)
                    && state.Snapshot.ExitCode is not (null or 0),
                Cancellation
            );
            ended.Snapshot.ExitCode.ShouldBe(1);
            await Eventually.Async(
                () => Softy.Logs.Last(category: "api-3").Contains(expected, StringComparison.Ordinal),
                "the log says why"
            );
        }
        finally
        {
            await ExecuteAsync(
                "DELETE FROM schema_migrations; INSERT INTO schema_migrations SELECT * FROM kept; DROP TABLE kept"
            );
            await Softy.CommandAsync("api-3", KnownResourceCommands.StartCommand, Cancellation);
            await Softy.WaitUntilHealthyAsync("api-3", Cancellation);
        }
    }

    private Task StopAllAsync() =>
        Task.WhenAll(
            _replicas.Select(replica => Softy.CommandAsync(replica, KnownResourceCommands.StopCommand, Cancellation))
        );
}
