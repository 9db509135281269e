using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Softy.Tests.Application;

/// <summary>Messages and visits that the application has acknowledged, of which nothing may be lost.</summary>
internal sealed class Written
{
    private const string Text = "Keep this — 保持";

    private readonly List<Uri> _messages = [];

    /// <summary>The total of the visits.</summary>
    public long Visits { get; private set; }

    /// <summary>Posts a message, and counts a visit.</summary>
    public async Task WriteAsync(HttpClient client)
    {
        using var message = await client.PostAsJsonAsync(
            "/api/messages",
            new { author = "Ada", text = Text },
            Cancellation
        );
        message.StatusCode.ShouldBe(HttpStatusCode.Created);
        _messages.Add(message.Headers.Location!);
        using var visit = await client.PostAsync("/api/visits", content: null, Cancellation);
        visit.StatusCode.ShouldBe(HttpStatusCode.OK);
        Visits = Total(await visit.Content.ReadFromJsonAsync<JsonElement>(Cancellation));
    }

    /// <summary>Expects all messages, and no visit more or less.</summary>
    public async Task ShouldBeThereAsync(HttpClient client)
    {
        foreach (var message in _messages)
        {
            var read = await client.GetFromJsonAsync<JsonElement>(message, Cancellation);
            read.GetProperty("text").GetString().ShouldBe(Text);
        }

        Total(await client.GetFromJsonAsync<JsonElement>("/api/visits", Cancellation)).ShouldBe(Visits);
    }

    private static long Total(JsonElement visits) => visits.GetProperty("total").GetInt64();
}
