using System.Net;
using System.Text.Json;

namespace Softy.Tests.Api;

/// <summary>Stores stop under load and start again. The tests run one after the other, on one application.</summary>
[Collection(nameof(OutageCollection))]
public sealed class OutageTests(OutageCollection.Fixture softy) : ApiTest(softy)
{
    /// <summary>
    /// How long a request may take while a store is down. This is far longer than the service promises, because the
    /// machine is busy, and shorter than a request that waits for a store without a limit.
    /// </summary>
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(25);

    private StoreApp Stores => (StoreApp)Softy;

    [Fact]
    public async Task Without_Redis_no_message_fails_and_no_visit_is_lost()
    {
        var visits = await CountVisitsAsync(20);
        await using var load = new StoreLoad(
            (n, cancellationToken) =>
                n % 2 == 0
                    ? SendMessageAsync(Client, "Load", $"Number {n}", cancellationToken: cancellationToken)
                    : Client.GetAsync("/api/messages?limit=10", cancellationToken)
        );
        await load.HasSentAsync(50, Cancellation);

        await Stores.KillAsync("redis", Cancellation);
        await EventuallyStatusAsync("/api/visits", HttpStatusCode.ServiceUnavailable);
        using (var refused = await Client.PostAsync("/api/visits", null, Cancellation))
        {
            await ShouldBeProblemAsync(refused, HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.ShouldNotBeNull();
        }

        await ShouldDegradeAsync("redis");
        await load.HasSentAsync(100, Cancellation);
        await Stores.StartAsync("redis", Cancellation);
        await EventuallyStatusAsync("/api/visits", HttpStatusCode.OK);
        await load.HasSentAsync(50, Cancellation);
        await load.StopAsync();

        load.Failures.ShouldBeEmpty();
        load.Slowest.ShouldBeLessThan(_longestAnswer);
        // Redis lost its data when it stopped. The replicas and the database kept the counts.
        (await CountVisitsAsync(5)).Total.ShouldBe(visits.Total + 5);
        await ShouldBecomeHealthyAsync();
    }

    [Fact]
    public async Task Without_PostgreSQL_no_visit_fails_and_messages_come_back()
    {
        var created = await PostMessageAsync("Before", "the outage");
        var before = await GetAsync<VisitTotals>("/api/visits");
        var counted = 0;
        await using var load = new StoreLoad(
            async (n, cancellationToken) =>
            {
                var response =
                    n % 2 == 0
                        ? await Client.PostAsync("/api/visits", null, cancellationToken)
                        : await Client.GetAsync("/api/hello", cancellationToken);
                if (n % 2 == 0 && response.IsSuccessStatusCode)
                {
                    Interlocked.Increment(ref counted);
                }

                return response;
            }
        );
        await load.HasSentAsync(50, Cancellation);

        await Stores.KillAsync("postgres", Cancellation);
        await EventuallyStatusAsync($"/api/messages/{created.Id}", HttpStatusCode.ServiceUnavailable);
        using (var refused = await SendMessageAsync(Client, "During", "the outage"))
        {
            await ShouldBeProblemAsync(refused, HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.ShouldNotBeNull();
        }

        await ShouldDegradeAsync("postgres");
        await load.HasSentAsync(100, Cancellation);
        await Stores.StartAsync("postgres", Cancellation);
        await EventuallyStatusAsync($"/api/messages/{created.Id}", HttpStatusCode.OK);
        await load.HasSentAsync(50, Cancellation);
        await load.StopAsync();

        load.Failures.ShouldBeEmpty();
        load.Slowest.ShouldBeLessThan(_longestAnswer);
        (await GetAsync<VisitTotals>("/api/visits")).Total.ShouldBe(before.Total + counted);
        (await PostMessageAsync("After", "the outage")).Author.ShouldBe("After");
        await ShouldBecomeHealthyAsync();
    }

    [Theory]
    [InlineData("redis", "/api/visits", "/api/messages")]
    [InlineData("postgres", "/api/messages", "/api/visits")]
    public async Task A_store_that_does_not_answer_delays_no_requests(string store, string needs, string doesNotNeed)
    {
        await using var load = new StoreLoad(
            (n, cancellationToken) => Client.GetAsync(n % 2 == 0 ? "/api/hello" : doesNotNeed, cancellationToken)
        );
        await load.HasSentAsync(50, Cancellation);

        try
        {
            await Stores.FreezeAsync(store, Cancellation);
            await using var waiting = new StoreLoad(
                (_, cancellationToken) => Client.GetAsync(needs, cancellationToken)
            );
            await EventuallyStatusAsync(needs, HttpStatusCode.ServiceUnavailable);
            await ShouldDegradeAsync(store);
            await waiting.HasSentAsync(20, Cancellation);
            await load.HasSentAsync(100, Cancellation);
            await waiting.StopAsync();
            waiting.Slowest.ShouldBeLessThan(_longestAnswer);
        }
        finally
        {
            await Stores.ThawAsync(store);
        }

        await EventuallyStatusAsync(needs, HttpStatusCode.OK);
        await load.StopAsync();
        load.Failures.ShouldBeEmpty();
        load.Slowest.ShouldBeLessThan(_longestAnswer);
        await ShouldBecomeHealthyAsync();
    }

    [Fact]
    public async Task Every_acknowledged_message_is_stored_once_when_the_database_is_killed()
    {
        const int Distinct = 1000;
        var run = $"Run {Guid.NewGuid():N}";
        var acknowledged = new CreatedMessage?[Distinct];
        var done = 0;

        // Two concurrent clients send each request with the same key. Both repeat it until it is acknowledged, as a
        // client does that is told to try again.
        var posting = Parallel.ForAsync(
            0,
            2 * Distinct,
            new ParallelOptions { MaxDegreeOfParallelism = 100, CancellationToken = Cancellation },
            async (n, cancellationToken) =>
            {
                var number = n % Distinct;
                while (true)
                {
                    using var response = await SendMessageAsync(
                        Client,
                        "Key",
                        $"{run} {number}",
                        $"{run} {number}",
                        cancellationToken
                    );
                    if (response.StatusCode == HttpStatusCode.Created)
                    {
                        var created = await ReadAsync<CreatedMessage>(response);
                        // Both clients get the same response, with the same token.
                        (Interlocked.CompareExchange(ref acknowledged[number], created, null) ?? created).ShouldBe(
                            created
                        );
                        Interlocked.Increment(ref done);
                        return;
                    }

                    response.StatusCode.ShouldBeOneOf(
                        HttpStatusCode.ServiceUnavailable,
                        HttpStatusCode.BadGateway,
                        HttpStatusCode.GatewayTimeout
                    );
                    await Task.Delay(200, cancellationToken);
                }
            }
        );

        await Eventually.Async(() => Volatile.Read(ref done) >= Distinct / 2, "a quarter is done");
        await Stores.KillAsync("postgres", Cancellation);
        await Stores.StartAsync("postgres", Cancellation);
        await posting;
        // One replica may still avoid the database while the other two already acknowledge messages.
        await EventuallyStatusAsync($"/api/messages/{acknowledged[0]!.Id}", HttpStatusCode.OK);

        var rows = (await ListAllAsync())
            .Where(message => message.Text.StartsWith(run, StringComparison.Ordinal))
            .ToList();
        rows.Count.ShouldBe(Distinct);
        rows.Select(message => message.Id).ShouldBe(acknowledged.Select(message => message!.Id), ignoreOrder: true);
    }

    /// <summary>Posts visits until each is counted: a 503 response means that the visit was not counted.</summary>
    private async Task<VisitTotals> CountVisitsAsync(int count)
    {
        VisitTotals? totals = null;
        for (var i = 0; i < count; i++)
        {
            await Eventually.Async(
                async () =>
                {
                    using var response = await Client.PostAsync("/api/visits", null, Cancellation);
                    response.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
                    totals = response.IsSuccessStatusCode ? await ReadAsync<VisitTotals>(response) : null;
                    return totals is not null;
                },
                "a visit is counted"
            );
        }

        return totals!;
    }

    /// <summary>Waits until all replicas respond with a status code.</summary>
    private Task<TimeSpan> EventuallyStatusAsync(string path, HttpStatusCode status) =>
        Eventually.Async(
            async () =>
            {
                for (var number = 1; number <= 3; number++)
                {
                    using var replica = CreateReplicaClient(number);
                    using var response = await replica.GetAsync(path, Cancellation);
                    if (response.StatusCode != status)
                    {
                        return false;
                    }
                }

                return true;
            },
            $"every replica answers {path} with {status}"
        );

    /// <summary>Replicas stay ready, because an outage of a shared store must not eject all of them.</summary>
    private Task<TimeSpan> ShouldDegradeAsync(string store) =>
        Eventually.Async(
            async () =>
            {
                for (var number = 1; number <= 3; number++)
                {
                    using var replica = CreateReplicaClient(number);
                    using var response = await replica.GetAsync("/health", Cancellation);
                    response.StatusCode.ShouldBe(HttpStatusCode.OK);
                    var health = await ReadAsync<JsonElement>(response);
                    if (
                        health.GetProperty("status").GetString() != "Degraded"
                        || health.GetProperty("checks").GetProperty(store).GetProperty("status").GetString()
                            != "Degraded"
                    )
                    {
                        return false;
                    }
                }

                return true;
            },
            $"every replica says that {store} is down"
        );

    private Task<TimeSpan> ShouldBecomeHealthyAsync() =>
        Eventually.Async(() => Stores.HaveReplicasStoresAsync(Cancellation), "every replica is healthy");
}
