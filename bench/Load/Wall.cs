using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Bench.Contestants;

namespace Softy.Bench.Load;

/// <summary>The messages that the workloads read.</summary>
internal static class Wall
{
    /// <summary>Posts messages to the wall: first large ones, for a page of about 100 KB, then small ones.</summary>
    /// <returns>The page of large messages, and pages of small ones, so many that the cache has few of them.</returns>
    public static async Task<(Workload Large, Workload Uncached)> FillAsync(
        Contestant gateway,
        int small,
        CancellationToken cancellationToken
    )
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = gateway.Address,
        };
        foreach (
            var text in Enumerable
                .Repeat(new string('x', 1900), 50)
                .Concat(Enumerable.Repeat("A message of the usual length.", small))
        )
        {
            using var response = await client.PostAsJsonAsync(
                "/api/messages",
                new { author = "bench", text },
                cancellationToken
            );
            response.EnsureSuccessStatusCode();
        }

        var cursors = new List<string>();
        var path = "/api/messages?limit=1";
        while (cursors.Count < small)
        {
            var page = await client.GetFromJsonAsync<JsonElement>(path, cancellationToken);
            cursors.Add(Uri.EscapeDataString(page.GetProperty("next").GetString()!));
            path = $"/api/messages?limit=1&after={cursors[^1]}";
        }

        return (
            new Workload("100 KB of messages", "large", $"/api/messages?limit=50&after={cursors[^1]}"),
            new Workload(
                "Pages of 10 to 30 messages, seldom cached",
                "pages",
                "/api/messages",
                Paths:
                [
                    .. from cursor in cursors
                    from limit in Enumerable.Range(10, 21)
                    select string.Create(CultureInfo.InvariantCulture, $"/api/messages?limit={limit}&after={cursor}"),
                ]
            )
        );
    }
}
