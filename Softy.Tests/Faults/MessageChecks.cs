using Npgsql;
using Softy.Tests.Api;

namespace Softy.Tests.Faults;

/// <summary>Checks that no acknowledged message is lost, doubled, changed or delivered out of order.</summary>
internal sealed class MessageChecks(StoreApp softy, Traffic traffic)
{
    /// <summary>Compares the messages in the database with the responses that clients got.</summary>
    public async Task CheckStoredAsync(List<string> findings)
    {
        var rows = await ReadMessagesAsync();
        foreach (var (text, id) in traffic.Outcomes.Stored)
        {
            var ids = rows.GetValueOrDefault(text) ?? [];
            if (traffic.Outcomes.Deleted.TryGetValue(text, out var isDeleted))
            {
                if (isDeleted && ids.Count > 0)
                {
                    findings.Add($"deleted, and still there: '{text}'");
                }
            }
            else if (ids.Count != 1)
            {
                findings.Add(
                    $"{(ids.Count == 0 ? "lost" : "doubled")}: '{text}', acknowledged as {id}, is there as "
                        + $"{string.Join(", ", ids)}"
                );
            }
            else if (ids[0] != id)
            {
                findings.Add($"'{text}' was acknowledged as {id} and is {ids[0]}");
            }
        }

        findings.AddRange(
            rows.Where(row => row.Value.Count > 1 && !traffic.Outcomes.Stored.ContainsKey(row.Key))
                .Select(row => $"doubled: '{row.Key}'")
        );
        findings.AddRange(
            traffic.Outcomes.Refused.Keys.Where(rows.ContainsKey).Select(text => $"refused, and there: '{text}'")
        );
        findings.AddRange(
            rows.Keys.Where(text =>
                    !traffic.Outcomes.Stored.ContainsKey(text)
                    && !traffic.Outcomes.Unknown.ContainsKey(text)
                    && !traffic.Outcomes.Refused.ContainsKey(text)
                )
                .Select(text => $"there, and never acknowledged: '{text}'")
        );
    }

    /// <summary>Checks that every live reader saw every message once and in order.</summary>
    public async Task CheckLiveAsync(List<string> findings)
    {
        var order = await ReadOrderAsync();
        var due = traffic
            .Outcomes.Stored.Where(message => !traffic.Outcomes.Deleted.ContainsKey(message.Key))
            .Select(message => message.Value)
            .ToArray();
        foreach (var (number, reader) in traffic.Live.Index())
        {
            try
            {
                await Eventually.Async(
                    () =>
                        Task.FromResult(
                            reader.MessageCount >= due.Length
                                && reader
                                    .Messages.Select(message => message.Id)
                                    .ToHashSet(StringComparer.Ordinal)
                                    .IsSupersetOf(due)
                        ),
                    "a reader has seen every message",
                    TimeSpan.FromSeconds(30)
                );
            }
            catch (TimeoutException)
            {
                var missed = due.Except(reader.Messages.Select(message => message.Id), StringComparer.Ordinal)
                    .ToArray();
                findings.Add(
                    $"reader {number} has missed {missed.Length} messages, such as {string.Join(", ", missed.Take(3))}"
                );
            }

            if (reader.Resets > 0)
            {
                findings.Add($"reader {number} was told {reader.Resets} times to load again");
            }

            var places = reader.Messages.Select(message => order.GetValueOrDefault(message.Id, -1)).ToArray();
            for (var i = 0; i < places.Length; i++)
            {
                if (places[i] < 0 || (i > 0 && places[i] <= places[i - 1]))
                {
                    findings.Add($"reader {number} has seen a message twice or out of order: {reader.Messages[i]}");
                    break;
                }
            }
        }
    }

    private async Task<Dictionary<string, List<string>>> ReadMessagesAsync()
    {
        var rows = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        await using var database = NpgsqlDataSource.Create(
            (await softy.App.GetConnectionStringAsync("softydb", Cancellation))!
        );
        await using var command = database.CreateCommand(
            "SELECT id::text, text FROM messages WHERE author = $1 OR text LIKE 'refused % of ' || $1"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = traffic.Author });
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            var text = reader.GetString(1);
            (rows.TryGetValue(text, out var ids) ? ids : rows[text] = []).Add(reader.GetString(0));
        }

        return rows;
    }

    /// <summary>The position of every message in the order in which readers must see them.</summary>
    private async Task<Dictionary<string, int>> ReadOrderAsync()
    {
        var order = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var database = NpgsqlDataSource.Create(
            (await softy.App.GetConnectionStringAsync("softydb", Cancellation))!
        );
        await using var command = database.CreateCommand(
            "SELECT message_id::text FROM message_events WHERE kind = 'created' ORDER BY xid, id"
        );
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            order.Add(reader.GetString(0), order.Count);
        }

        return order;
    }
}
