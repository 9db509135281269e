using System.Net.Http.Json;
using System.Text.Json;

namespace Softy.Tests.Application;

/// <summary>What was written before a stop of the whole application is there after the next start.</summary>
public sealed class DataTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_and_visits_outlive_the_application()
    {
        using var volumes = new OwnVolumes();
        string id;
        long visits;
        await using (var first = new KeepingApp(volumes.Prefix))
        {
            await first.InitializeAsync();
            using var client = first.CreateGatewayClient();
            using var posted = await client.PostAsJsonAsync(
                "/api/messages", new { author = "Ada", text = "Keep this — 保持" }, Cancellation);
            posted.EnsureSuccessStatusCode();
            id = (await posted.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("id").ToString();
            using var visit = await client.PostAsync("/api/visits", content: null, Cancellation);
            visits = (await visit.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("total").GetInt64();
        }

        await using var second = new KeepingApp(volumes.Prefix);
        await second.InitializeAsync();
        using var again = second.CreateGatewayClient();
        var message = await again.GetFromJsonAsync<JsonElement>($"/api/messages/{id}", Cancellation);
        message.GetProperty("text").GetString().ShouldBe("Keep this — 保持");
        (await again.GetFromJsonAsync<JsonElement>("/api/visits", Cancellation))
            .GetProperty("total").GetInt64().ShouldBe(visits);
    }

    private sealed class KeepingApp(string prefix) : SoftyApp("--Replicas=1", $"--Volumes={prefix}");
}
