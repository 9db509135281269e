using System.Net.Http.Headers;
using Npgsql;
using Softy.Tests.Api;
using Softy.Tests.Application;

namespace Softy.Tests.Faults;

/// <summary>
/// The fault tests' checks fail when a safeguard is missing. Each test switches one off in the way that an operator or
/// the owner of the database could: by settings, or by SQL.
/// </summary>
[Trait("Category", "Faults")]
public sealed class SafeguardTests(SafeguardTests.Fixture softy)
    : ApplicationTest(softy),
        IClassFixture<SafeguardTests.Fixture>
{
    private const int InFlight = 12;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A gateway that never retries, one replica that drains for a long time, and one that does not drain at all.
    /// </summary>
    public sealed class Fixture : StoreApp
    {
        protected override void Configure(IDistributedApplicationTestingBuilder builder)
        {
            ArgumentNullException.ThrowIfNull(builder);
            foreach (var project in builder.Resources.OfType<ProjectResource>())
            {
                var resource = builder.CreateResourceBuilder(project);
                switch (project.Name)
                {
                    case "gateway":
                        // The gateway does not eject replicas either: the test would only see the few failures before
                        // the ejection.
                        resource
                            .WithEnvironment("Gateway__Failover__Enabled", "false")
                            .WithEnvironment("Gateway__Health__Passive__Enabled", "false")
                            .WithEnvironment("Gateway__Health__Active__FailureThreshold", "100");
                        break;
                    case "api-1":
                        resource
                            .WithEnvironment("Draining__Delay", "00:00:05")
                            .WithEnvironment("Stores__PostgresTimeout", "00:01:00");
                        break;
                    case "api-2":
                        resource
                            .WithEnvironment("Draining__Delay", "00:00:00")
                            .WithEnvironment("Draining__Timeout", "00:00:00")
                            .WithEnvironment("Stores__PostgresTimeout", "00:01:00");
                        break;
                    case "api-3":
                        resource.WithEnvironment("Stores__PostgresTimeout", "00:01:00");
                        break;
                }
            }
        }
    }

    private StoreApp Stores => (StoreApp)Softy;

    [Fact]
    public async Task Without_retries_a_dead_replica_is_noticed()
    {
        await using var run = new FaultRun(Stores);
        await run.StartAsync();
        await run.ApplyAsync([new Fault(FaultKind.Kill, "api-3", TimeSpan.FromSeconds(2))]);

        var findings = await run.FinishAsync();

        findings.ShouldContain(finding =>
            finding.StartsWith("failed without a reason: GET /api/hello", StringComparison.Ordinal)
        );
        // No other check fails, because nothing is lost.
        findings.ShouldAllBe(finding => finding.StartsWith("failed without a reason", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_idempotency_keys_doubled_messages_are_noticed()
    {
        await ExecuteAsync(
            """
            CREATE FUNCTION forget_key() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN NEW.key_hash := decode(md5(random()::text), ''hex''); RETURN NEW; END';
            CREATE TRIGGER forget_key BEFORE INSERT ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION forget_key();
            """
        );
        try
        {
            await using var run = new FaultRun(Stores);
            await run.StartAsync();

            var findings = await run.FinishAsync();

            findings.ShouldContain(finding => finding.StartsWith("doubled: 'keyed", StringComparison.Ordinal));
        }
        finally
        {
            await ExecuteAsync("DROP TRIGGER forget_key ON idempotency_keys; DROP FUNCTION forget_key");
        }
    }

    [Fact]
    public async Task A_replica_that_drains_finishes_what_it_has_and_one_that_does_not_is_noticed()
    {
        (await RestartUnderPostsAsync("api-1", IsDrainingAsync)).ShouldBeEmpty();
        var findings = await RestartUnderPostsAsync("api-2", HasEndedAsync);
        findings.ShouldContain(
            finding => finding.StartsWith("failed without a reason: POST /api/messages, 502", StringComparison.Ordinal),
            string.Join(Environment.NewLine, findings)
        );
    }

    /// <summary>Restarts a replica while a lock blocks posts on every replica.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="isTime">Whether to release the lock.</param>
    private async Task<IReadOnlyList<string>> RestartUnderPostsAsync(string replica, Func<string, Task<bool>> isTime)
    {
        await using var run = new FaultRun(Stores);
        await run.StartAsync(withClients: false);
        await using var database = NpgsqlDataSource.Create(
            (await App.GetConnectionStringAsync("softydb", Cancellation))!
        );
        await using var connection = await database.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using (
            var command = new NpgsqlCommand("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE", connection, transaction)
        )
        {
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        var posts = run.Traffic.PostAsync(Enumerable.Range(0, InFlight));
        await Eventually.Async(
            async () =>
            {
                await using var waiting = database.CreateCommand(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                );
                return await waiting.ExecuteScalarAsync(Cancellation) is long count && count >= InFlight;
            },
            "every replica has posts",
            _patience
        );

        var restart = run.ApplyAsync([new Fault(FaultKind.Restart, replica, TimeSpan.Zero)]);
        await Eventually.Async(
            async () => restart.IsCompleted || await isTime(replica),
            "the replica leaves",
            _patience
        );
        await transaction.RollbackAsync(Cancellation);
        await posts;
        await restart;
        return await run.FinishAsync();
    }

    private async Task<bool> IsDrainingAsync(string replica) =>
        await AskAsync(replica) is not { } headers || headers.Contains("X-Softy-Draining");

    private async Task<bool> HasEndedAsync(string replica) => await AskAsync(replica) is null;

    /// <summary>Asks a replica whether it is alive.</summary>
    /// <returns>The headers of its answer; null if it does not answer.</returns>
    private async Task<HttpResponseHeaders?> AskAsync(string replica)
    {
        using var client = new HttpClient { BaseAddress = App.GetEndpoint(replica, "http") };
        try
        {
            using var response = await client.GetAsync("/alive", Cancellation);
            return response.Headers;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
