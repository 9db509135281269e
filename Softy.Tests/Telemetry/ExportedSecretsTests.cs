using System.Net;
using System.Net.Http.Json;
using Npgsql;
using Softy.Tests.Api;
using Softy.Tests.Application;
using Softy.Tests.Faults;

namespace Softy.Tests.Telemetry;

/// <summary>Exported telemetry contains no passwords, no keys, and no text that people wrote.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class ExportedSecretsTests(TelemetryApp softy) : ApplicationTest(softy)
{
    private OtlpReceiver Receiver => ((TelemetryApp)Softy).Receiver;

    [Fact]
    public async Task No_trace_log_or_metric_has_a_secret()
    {
        var telemetry = (TelemetryApp)Softy;
        var text = $"Text {Guid.NewGuid():N}";
        var key = $"Key {Guid.NewGuid():N}";
        await using var run = new FaultRun(telemetry);
        await run.StartAsync();
        var token = await SendAsync(text, key);
        foreach (var store in (string[])["redis", "postgres"])
        {
            await run.ApplyAsync([new Fault(FaultKind.Kill, store, TimeSpan.FromSeconds(1))]);
        }

        await SendAsync(text, key);
        (await run.FinishAsync()).ShouldBeEmpty();
        await ReceiveAllAsync();

        var postgres = new NpgsqlConnectionStringBuilder(await App.GetConnectionStringAsync("softydb", Cancellation));
        var redis = RedisAccess.Parse((await App.GetConnectionStringAsync("redis", Cancellation))!);
        foreach (
            var (name, secret) in new (string, string)[]
            {
                ("the password of PostgreSQL", postgres.Password!),
                ("the password of Redis", redis.Password),
                ("the key of the telemetry", telemetry.Key),
                ("the text of a message", text),
                ("the author of messages", run.Traffic.Author),
                ("an idempotency key", key),
                ("the token of an owner", token),
            }
        )
        {
            Receiver.SignalsWith(secret).ShouldBeEmpty(name);
        }
    }

    /// <summary>Sends requests of every kind for a message: it is created, repeated, rejected and deleted.</summary>
    /// <returns>The token of its owner.</returns>
    private async Task<string> SendAsync(string text, string key)
    {
        using var client = Softy.CreateGatewayClient();
        var created = (
            await (await PostAsync(text, HttpStatusCode.Created)).ReadFromJsonAsync<CreatedMessage>(Cancellation)
        )!;
        await PostAsync(text, HttpStatusCode.Created);
        await PostAsync($"{text}, changed", HttpStatusCode.UnprocessableEntity);
        await PostAsync($"{text}\0", HttpStatusCode.BadRequest);
        await DeleteAsync("wrong", HttpStatusCode.Forbidden);
        return created.OwnerToken;

        async Task<HttpContent> PostAsync(string body, HttpStatusCode expected)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages")
            {
                Content = JsonContent.Create(new { author = "Ada", text = body }),
            };
            request.Headers.Add("Idempotency-Key", key);
            var response = await client.SendAsync(request, Cancellation);
            response.StatusCode.ShouldBe(expected);
            return response.Content;
        }

        async Task DeleteAsync(string token, HttpStatusCode expected)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, $"/api/messages/{created.Id}");
            request.Headers.Add("X-Owner-Token", token);
            using var response = await client.SendAsync(request, Cancellation);
            response.StatusCode.ShouldBe(expected);
        }
    }

    /// <summary>
    /// Waits until all kinds of telemetry have arrived, and the telemetry of the last requests: paths are exported, so
    /// a unique path shows that they have.
    /// </summary>
    private async Task ReceiveAllAsync()
    {
        using var client = Softy.CreateGatewayClient();
        var last = $"last-{Guid.NewGuid():N}";
        for (var n = 0; n < FaultRun.Replicas.Length; n++)
        {
            using var response = await client.GetAsync($"/api/messages/{last}-{n}", Cancellation);
            response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        foreach (
            var (signal, text) in new[]
            {
                ("trace", $"{last}-0"),
                ("trace", $"{last}-1"),
                ("trace", $"{last}-2"), // the ends of all replicas
                ("trace", "postgresql"),
                ("trace", "INSERT INTO messages"),
                ("trace", "EVAL"),
                ("trace", "POST /api/messages"),
                ("trace", "exception"),
                ("logs", "postgres does not answer"),
                ("metrics", "http.server.request.duration"),
                ("metrics", "db.client."),
            }
        )
        {
            await Eventually.Async(() => Receiver.Has(signal, text), $"'{text}' is in what was received as {signal}");
        }
    }
}
