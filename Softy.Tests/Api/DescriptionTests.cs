using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace Softy.Tests.Api;

/// <summary>Every response of every operation matches its description.</summary>
public sealed class DescriptionTests(StoreServers stores) : ReplicaTest(stores)
{
    [Fact]
    public async Task Every_answer_is_as_described()
    {
        await using var replica = await StartAsync(("Live:MaxReaders", "1"), ("Stores:PostgresTimeout", "00:00:01"));
        using var described = new DescribedAnswers(new SocketsHttpHandler { UseProxy = false });
        using var client = new HttpClient(described, disposeHandler: false)
        {
            BaseAddress = replica.Client.BaseAddress,
        };

        var posted = await SendAsync(
            HttpMethod.Post,
            "/api/messages",
            """{"author":"Ada","text":"Hello, wall!"}""",
            ("Idempotency-Key", "one")
        );
        await SendAsync(
            HttpMethod.Post,
            "/api/messages",
            """{"author":"Ada","text":"Another"}""",
            ("Idempotency-Key", "one")
        );
        await SendAsync(HttpMethod.Post, "/api/messages", """{"author":"","text":"\u0007"}""");
        await SendAsync(HttpMethod.Post, "/api/messages", "{");
        await SendAsync(
            HttpMethod.Post,
            "/api/messages",
            $$"""{"author":"Ada","text":"{{new string('x', 100_000)}}"}"""
        );
        using (var text = await client.PostAsync("/api/messages", new StringContent("text"), Cancellation))
        {
            text.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        }

        await SendAsync(HttpMethod.Post, "/api/visits");
        await SendAsync(HttpMethod.Post, "/api/visits", body: null, ("Idempotency-Key", new string('k', 256)));
        await SendAsync(
            HttpMethod.Post,
            "/api/messages",
            """{"author":"Ada","text":"A second one, for a next page"}"""
        );

        var id = posted.GetProperty("id").GetString();
        string[] paths =
        [
            "/api/hello",
            "/api/hello/instance",
            "/host",
            "/api/host",
            "/date",
            "/api/date",
            "/api/instance",
            "/api/visits",
            "/api/messages",
            "/api/messages?limit=1",
            "/api/messages?limit=0",
            $"/api/messages/{id}",
            "/api/messages/0",
            "/api/problems",
            "/api/problems/validation",
            "/api/problems/nothing",
        ];
        foreach (var path in paths)
        {
            await SendAsync(HttpMethod.Get, path);
            await SendAsync(HttpMethod.Head, path);
        }

        foreach (var path in new[] { "/api/messages", $"/api/messages/{id}" })
        {
            using var first = await client.GetAsync(path, Cancellation);
            using var again = new HttpRequestMessage(HttpMethod.Get, path);
            again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var second = await client.SendAsync(again, Cancellation);
            second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        }

        using (await client.GetAsync("/api/live", HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            await SendAsync(HttpMethod.Get, "/api/live");
        }

        await using (var connection = await replica.ConnectAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await using var command = new NpgsqlCommand("LOCK TABLE messages", connection, transaction);
            await command.ExecuteNonQueryAsync(Cancellation);
            await SendAsync(HttpMethod.Get, $"/api/messages/{id}");
        }

        await SendAsync(HttpMethod.Delete, $"/api/messages/{id}");
        await SendAsync(
            HttpMethod.Delete,
            $"/api/messages/{id}",
            body: null,
            ("X-Owner-Token", posted.GetProperty("ownerToken").GetString()!)
        );
        await SendAsync(HttpMethod.Delete, $"/api/messages/{id}");

        // Lists the responses that were compared, so that the test cannot pass without comparing any.
        new[]
        {
            "POST /api/messages 201",
            "POST /api/messages 400",
            "POST /api/messages 413",
            "POST /api/messages 415",
            "POST /api/messages 422",
            "POST /api/visits 200",
            "POST /api/visits 400",
            "GET /api/messages 200",
            "GET /api/messages 304",
            "GET /api/messages 400",
            "GET /api/messages/{id} 200",
            "GET /api/messages/{id} 304",
            "GET /api/messages/{id} 404",
            "GET /api/messages/{id} 503",
            "HEAD /api/messages/{id} 200",
            "HEAD /api/messages/{id} 404",
            "DELETE /api/messages/{id} 204",
            "DELETE /api/messages/{id} 403",
            "DELETE /api/messages/{id} 404",
            "GET /api/live 503",
            "GET /api/instance 200",
            "GET /date 200",
            "GET /api/problems/{name} 404",
        }.ShouldBeSubsetOf(described.Seen.Keys);

        async Task<JsonElement> SendAsync(
            HttpMethod method,
            string path,
            string? body = null,
            params (string Name, string Value)[] headers
        )
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
            {
                request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            }

            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            using var response = await client.SendAsync(request, Cancellation);
            return response.Content.Headers.ContentType?.MediaType == "application/json" && method != HttpMethod.Head
                ? await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)
                : default;
        }
    }

    [Fact]
    public async Task The_description_states_what_clients_rely_on()
    {
        await using var replica = await StartAsync();
        var document = await replica.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancellation);
        var schemas = document.GetProperty("components").GetProperty("schemas");

        var text = schemas.GetProperty("NewMessage").GetProperty("properties").GetProperty("text");
        text.GetProperty("type").GetString().ShouldBe("string");
        (text.GetProperty("minLength").GetInt32(), text.GetProperty("maxLength").GetInt32()).ShouldBe((1, 2000));
        schemas
            .GetProperty("MessagePage")
            .GetProperty("properties")
            .GetProperty("next")
            .GetProperty("type")
            .EnumerateArray()
            .Select(type => type.GetString())
            .ShouldBe(["null", "string"], ignoreOrder: true);
        schemas
            .GetProperty("MessagePage")
            .GetProperty("required")
            .EnumerateArray()
            .Select(name => name.GetString())
            .ShouldContain("next");
        foreach (var problem in new[] { "ProblemDetails", "HttpValidationProblemDetails" })
        {
            schemas
                .GetProperty(problem)
                .GetProperty("required")
                .EnumerateArray()
                .Select(name => name.GetString())
                .ShouldContain("traceId");
        }

        document
            .GetProperty("paths")
            .EnumerateObject()
            .ShouldAllBe(path =>
                path.Value.EnumerateObject().Any(operation => operation.Name == "get")
                == path.Value.EnumerateObject().Any(operation => operation.Name == "head")
            );
    }
}
