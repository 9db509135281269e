using System.Net;

namespace Softy.Tests.Api;

/// <summary>The live stream as one reader sees it.</summary>
[Collection(nameof(ApiCollection))]
public sealed class LiveTests(ApiCollection.Fixture softy) : ApiTest(softy)
{
    [Fact]
    public async Task A_reader_sees_what_happens_on_any_replica()
    {
        using var replica = CreateReplicaClient(1);
        // A reader counts as started when it has received its first event.
        using var visit = await Client.PostAsync("/api/visits", null, Cancellation);
        await using var reader = new LiveReader(replica);
        await reader.StartAsync().WaitAsync(Cancellation);

        // The gateway sends these requests to the replicas in turn.
        var created = new List<CreatedMessage>();
        for (var i = 0; i < 6; i++)
        {
            created.Add(await PostMessageAsync("Speaker", $"Word {i}"));
        }

        (await DeleteMessageAsync(Client, created[0].Id, created[0].OwnerToken)).ShouldBe(HttpStatusCode.NoContent);
        using var response = await Client.PostAsync("/api/visits", null, Cancellation);
        var totals = await ReadAsync<VisitTotals>(response);

        await Eventually.Async(
            () =>
                reader.Messages.Any(message => message.Id == created[^1].Id)
                && reader.Deleted.Contains(created[0].Id)
                && reader.Visits?.Total == totals.Total,
            "the reader has seen everything"
        );
        // The stream may still contain messages of earlier tests.
        var mine = reader
            .Messages.Select(message => message.Id)
            .Where(id => created.Exists(message => message.Id == id))
            .ToList();
        // A message that is deleted before it is delivered is never delivered.
        mine.TakeLast(5).ShouldBe(created.Skip(1).Select(message => message.Id));
        mine.ShouldBeUnique();
        reader.Deleted.Count(id => id == created[0].Id).ShouldBe(1);
    }

    [Fact]
    public async Task A_reader_that_reconnects_continues_where_it_stopped_at_any_replica()
    {
        using var first = CreateReplicaClient(1);
        var place = await ReadPlaceAsync(first);
        var created = new List<string>();
        for (var i = 0; i < 150; i++)
        {
            created.Add((await PostMessageAsync("While away", $"Word {i}")).Id);
        }

        using var second = CreateReplicaClient(2);
        await using var reader = new LiveReader(second);
        await reader.StartAsync(place).WaitAsync(Cancellation);
        await Eventually.Async(() => reader.Messages.Any(message => message.Id == created[^1]), "everything was shown");
        // The stream may still contain messages of earlier tests.
        reader.Messages.Select(message => message.Id).Where(id => created.Contains(id)).ShouldBe(created);
        reader.Resets.ShouldBe(0);
    }

    [Theory]
    [InlineData("nonsense", false)]
    [InlineData("99999999999999-1", false)]
    [InlineData("99999999999999-1", true)]
    public async Task A_reader_with_an_unknown_position_is_told_to_reload(string lastEventId, bool isLogEmpty)
    {
        await PostMessageAsync("Before", "It was on");
        if (isLogEmpty)
        {
            await ExecuteAsync("DELETE FROM message_events");
        }

        using var replica = CreateReplicaClient(3);
        await using var reader = new LiveReader(replica);
        await reader.StartAsync(lastEventId).WaitAsync(Cancellation);
        await Eventually.Async(() => reader.Resets == 1, "the reader was told");

        var created = await PostMessageAsync("Afterwards", "It goes on");
        await Eventually.Async(() => reader.Messages.Any(message => message.Id == created.Id), "the message was shown");
    }

    /// <summary>Connects, and returns the position at which the stream begins.</summary>
    private static async Task<string> ReadPlaceAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/api/live", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("text/event-stream");
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        using var lines = new StreamReader(body);
        while (await lines.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                return line["id: ".Length..];
            }
        }

        throw new InvalidOperationException("The stream has ended without an id.");
    }
}
