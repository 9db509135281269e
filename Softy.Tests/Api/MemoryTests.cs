using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace Softy.Tests.Api;

/// <summary>
/// Anonymous clients can fill only a limited part of a replica's memory; requests beyond that are rejected.
/// </summary>
public sealed class MemoryTests(StoreServers stores) : ReplicaTest(stores)
{
    private const string Emoji = "🎉";

    [Fact]
    public async Task A_small_replica_answers_or_rejects_requests_for_any_pages()
    {
        const int Messages = 300;
        // The heap that .NET gets in a container with 128 MB.
        await using var replica = await StartAsync(
            ("DOTNET_GCHeapHardLimit", "6000000"),
            ("Stores:PostgresTimeout", "00:00:10")
        );
        await replica.ExecuteAsync(
            $"""
            INSERT INTO messages (author, text, owner_hash)
            SELECT repeat('{Emoji}', 64), repeat('{Emoji}', 2000), '' FROM generate_series(1, {Messages})
            """
        );

        var statuses = new ConcurrentDictionary<string, int>();
        var largest = 0;
        await Parallel.ForAsync(
            0,
            1500,
            new ParallelOptions { MaxDegreeOfParallelism = 200, CancellationToken = Cancellation },
            async (n, cancellationToken) =>
            {
                using var response = await replica.Client.GetAsync(
                    $"/api/messages?after={Forge(Messages - (n % 100))}&limit={100 - (n % 50)}",
                    cancellationToken
                );
                var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                var status =
                    response.StatusCode == HttpStatusCode.ServiceUnavailable
                        ? JsonSerializer.Deserialize<JsonElement>(body).GetProperty("type").GetString()!
                        : response.StatusCode.ToString();
                statuses.AddOrUpdate(status, 1, static (_, count) => count + 1);
                if (response.IsSuccessStatusCode)
                {
                    // The text is not escaped, and the page has a limited size.
                    body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Emoji)).ShouldBeGreaterThan(0);
                    InterlockedMax(ref largest, body.Length);
                }
            }
        );

        Output.WriteLine($"{string.Join(", ", statuses)}; the largest page had {largest} bytes.");
        statuses.Keys.ShouldBeSubsetOf(["OK", "/api/problems/overloaded"]);
        statuses["OK"].ShouldBeGreaterThan(100);
        largest.ShouldBeLessThan(64 * 1024);
        replica.Output.ShouldNotContain("OutOfMemory");
        // Pages of forged cursors are not cached.
        (await replica.AskRedisAsync("KEYS softy:messages:*")).ShouldNotContain(line =>
            line.Contains("newest", StringComparison.Ordinal)
        );
        (await replica.StatusAsync(HttpMethod.Get, "/api/messages?limit=100")).ShouldBe(HttpStatusCode.OK);
        await Eventually.Async(
            async () =>
                await replica.StatusAsync(HttpMethod.Get, "/api/messages?limit=7") == HttpStatusCode.OK
                && (await replica.AskRedisAsync("KEYS softy:messages:newest:*")).Contains("softy:messages:newest:7"),
            "the newest page is kept"
        );
    }

    [Fact]
    public async Task Pages_that_end_early_lead_to_every_message()
    {
        await using var replica = await StartAsync();
        await replica.ExecuteAsync(
            $"""
            INSERT INTO messages (author, text, owner_hash)
            SELECT 'Somebody', repeat('{Emoji}', 2000), '' FROM generate_series(1, 30)
            """
        );

        var seen = new List<string>();
        var path = "/api/messages?limit=100";
        while (path.Length > 0)
        {
            var page = (await replica.Client.GetFromJsonAsync<MessagePage>(path, Cancellation))!;
            page.Items.Count.ShouldBeInRange(1, 29);
            seen.AddRange(page.Items.Select(message => message.Id));
            path = page.Next is { } next ? $"/api/messages?limit=100&after={next}" : "";
        }

        seen.ShouldBe(Enumerable.Range(1, 30).Reverse().Select(id => id.ToString(CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task An_exhausted_pool_is_not_reported_as_an_outage_of_the_database()
    {
        await using var replica = await StartAsync(
            ("Stores:PostgresConnections", "2"),
            ("Stores:PostgresTimeout", "00:00:02")
        );
        var created = await replica.CreateMessageAsync("Before", "the rush");
        await using var connection = await replica.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using (var command = new NpgsqlCommand("LOCK TABLE messages", connection, transaction))
        {
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(async n =>
                {
                    using var response = await replica.Client.GetAsync($"/api/messages/{created.Id}", Cancellation);
                    response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                    response.Headers.RetryAfter.ShouldNotBeNull();
                    return (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation))
                        .GetProperty("type")
                        .GetString();
                })
        );
        await transaction.RollbackAsync(Cancellation);

        // Two requests at a time wait for the lock until the server cancels them; the others wait for a connection.
        answers.ShouldContain("/api/problems/overloaded");
        answers.ShouldContain("/api/problems/store-unavailable");
        replica.Says("postgres does not answer").ShouldBe(0);
        (await replica.StatusAsync(HttpMethod.Get, $"/api/messages/{created.Id}")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task No_old_page_is_served_after_Redis_lost_its_data()
    {
        await using var writer = await StartAsync(("Messages:CacheDuration", "00:00:01"));
        await using var reader = await StartBesideAsync(
            writer,
            ("Instance:Name", "api-2"),
            ("Messages:CacheDuration", "00:00:01")
        );
        for (var round = 0; round < 20; round++)
        {
            // Both replicas know the first page of a cache generation. Then Redis loses the generation, and new ones
            // begin.
            await writer.AskRedisAsync("FLUSHDB");
            for (var i = 0; i < 3; i++)
            {
                await reader.Client.GetStringAsync("/api/messages?limit=1", Cancellation);
            }

            await writer.AskRedisAsync("FLUSHDB");
            var created = await writer.CreateMessageAsync("Newest", $"Number {round}");
            await writer.AskRedisAsync("FLUSHDB");
            (await reader.Client.GetFromJsonAsync<MessagePage>("/api/messages?limit=1", Cancellation))!
                .Items[0]
                .Id.ShouldBe(created.Id);
        }
    }

    /// <summary>Forges a cursor in the format of the service.</summary>
    private static string Forge(long id)
    {
        var bytes = new byte[9];
        bytes[0] = 1;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), id);
        return Base64Url.EncodeToString(bytes);
    }

    private static void InterlockedMax(ref int place, int value)
    {
        var seen = Volatile.Read(ref place);
        while (seen < value)
        {
            var found = Interlocked.CompareExchange(ref place, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}
