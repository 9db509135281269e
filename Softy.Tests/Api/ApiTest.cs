using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Softy.Tests.Application;

namespace Softy.Tests.Api;

/// <summary>A test that uses the API through the gateway, as its users do.</summary>
public abstract class ApiTest(SoftyApp softy) : ApplicationTest(softy)
{
    private HttpClient? _client;

    /// <summary>
    /// A client of the gateway that may use many connections at once. If no test of the application stops its stores,
    /// every response is compared with the description of the API.
    /// </summary>
    protected HttpClient Client =>
        _client ??= Softy is ApiCollection.Fixture described
            ? new HttpClient(described.Answers, disposeHandler: false)
            {
                BaseAddress = Softy.GatewayAddress,
                Timeout = TimeSpan.FromSeconds(60),
            }
            : Softy.CreateGatewayClient();

    /// <summary>A client of one replica, for tests of what the gateway would hide.</summary>
    protected HttpClient CreateReplicaClient(int number) => App.CreateHttpClient($"api-{number}", "http");

    protected async Task<CreatedMessage> PostMessageAsync(string author, string text)
    {
        using var response = await SendMessageAsync(Client, author, text);
        response.StatusCode.ShouldBe(HttpStatusCode.Created, await response.Content.ReadAsStringAsync(Cancellation));
        return await ReadAsync<CreatedMessage>(response);
    }

    protected static async Task<HttpResponseMessage> SendMessageAsync(
        HttpClient client,
        string? author,
        string? text,
        string? idempotencyKey = null,
        CancellationToken? cancellationToken = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages")
        {
            Content = JsonContent.Create(new { author, text }),
        };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        return await client.SendAsync(request, cancellationToken ?? Cancellation);
    }

    protected static async Task<HttpStatusCode> DeleteMessageAsync(HttpClient client, string id, string? ownerToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/api/messages/{id}");
        if (ownerToken is not null)
        {
            request.Headers.Add("X-Owner-Token", ownerToken);
        }

        using var response = await client.SendAsync(request, Cancellation);
        return response.StatusCode;
    }

    /// <summary>Every message on the wall, newest first.</summary>
    protected async Task<List<Message>> ListAllAsync(int limit = 100)
    {
        var all = new List<Message>();
        string? after = null;
        do
        {
            var page = await GetAsync<MessagePage>(
                $"/api/messages?limit={limit}{(after is null ? "" : $"&after={after}")}"
            );
            all.AddRange(page.Items);
            after = page.Next;
        } while (after is not null);

        return all;
    }

    protected async Task<T> GetAsync<T>(string path)
    {
        using var response = await Client.GetAsync(path, Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancellation));
        return await ReadAsync<T>(response);
    }

    protected static async Task<T> ReadAsync<T>(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<T>(Cancellation))!;

    /// <summary>Expects a problem as RFC 9457 describes it, with a trace id, and returns it.</summary>
    protected static async Task<JsonElement> ShouldBeProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        response.StatusCode.ShouldBe(status, body);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = JsonSerializer.Deserialize<JsonElement>(body);
        problem.GetProperty("status").GetInt32().ShouldBe((int)status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("type").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("traceId").GetString().ShouldNotBeNullOrEmpty();
        body.ShouldNotContain("   at ");
        body.ShouldNotContain("Exception");
        return problem;
    }
}

public sealed record Message(string Id, string Author, string Text, DateTimeOffset CreatedAt);

public sealed record CreatedMessage(string Id, string Author, string Text, DateTimeOffset CreatedAt, string OwnerToken);

public sealed record MessagePage(IReadOnlyList<Message> Items, string? Next);

public sealed record VisitTotals(long Total, IReadOnlyDictionary<string, long> Instances);
