namespace Softy.Tests.Api;

/// <summary>Many readers at once, while a replica dies.</summary>
[Collection(nameof(OutageCollection))]
public sealed class LiveLoadTests(OutageCollection.Fixture softy) : ApiTest(softy)
{
    private const int Readers = 1000;
    private const int Messages = 60;

    [Fact]
    public async Task A_thousand_readers_get_every_message_once_and_in_order_even_when_a_replica_dies()
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler)
        {
            BaseAddress = Softy.GatewayAddress,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var readers = Enumerable.Range(0, Readers).Select(_ => new LiveReader(client)).ToList();
        try
        {
            await Parallel.ForEachAsync(
                readers,
                new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = Cancellation },
                async (reader, cancellationToken) => await reader.StartAsync().WaitAsync(cancellationToken)
            );

            var created = new List<string>();
            for (var i = 0; i < Messages; i++)
            {
                if (i == Messages / 2)
                {
                    await ((StoreApp)Softy).KillAsync("api-2", Cancellation);
                }

                created.Add(await PostSurelyAsync(i));
            }

            await Eventually.Async(
                () => readers.TrueForAll(reader => reader.MessageCount >= Messages),
                "every reader has every message"
            );
            readers
                .Count(reader => reader.Connections > 1)
                .ShouldBeGreaterThan(Readers / 4, "a third of the readers had to come back");
            foreach (var reader in readers)
            {
                reader.Messages.Select(message => message.Id).ShouldBe(created);
                reader.Resets.ShouldBe(0);
            }
        }
        finally
        {
            await Task.WhenAll(readers.Select(reader => reader.DisposeAsync().AsTask()));
            await ((StoreApp)Softy).StartAsync("api-2", Cancellation);
        }
    }

    /// <summary>Posts with a key until it succeeds: the response may be lost with the replica that dies.</summary>
    private Task<string> PostSurelyAsync(int number) =>
        Eventually.ForAsync(async () =>
        {
            using var response = await SendMessageAsync(Client, "Caller", $"Word {number}", $"live {number}");
            return response.IsSuccessStatusCode ? (await ReadAsync<CreatedMessage>(response)).Id : null;
        });
}
