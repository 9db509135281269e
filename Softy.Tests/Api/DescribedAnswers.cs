using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;

namespace Softy.Tests.Api;

/// <summary>
/// Compares every response of the API with its OpenAPI description: the description must list the status code, and the
/// body must match the schema. Responses to paths that the description does not contain are not checked.
/// </summary>
public sealed class DescribedAnswers(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly EvaluationOptions _options = new()
    {
        OutputFormat = OutputFormat.List,
        RequireFormatValidation = true,
    };

    private readonly ConcurrentDictionary<string, JsonSchema> _schemas = new(StringComparer.Ordinal);
    private Task<JsonObject>? _document;

    /// <summary>The status codes that each operation has returned.</summary>
    public ConcurrentDictionary<string, bool> Seen { get; } = new(StringComparer.Ordinal);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var response = await base.SendAsync(request, cancellationToken);
        // The description does not contain responses of the gateway itself.
        if (
            !response.Headers.TryGetValues("X-Softy-Instance", out var names)
            || !names.Single().StartsWith("api-", StringComparison.Ordinal)
        )
        {
            return response;
        }

        _document ??= ReadDocumentAsync(request.RequestUri!);
        var document = await _document;
        var (path, operation) = Find(document, request);
        if (
            operation is null
            || (response.Content.Headers.ContentType?.MediaType == "text/event-stream" && response.IsSuccessStatusCode)
        )
        {
            return response;
        }

        var name = $"{request.Method} {path} {(int)response.StatusCode}";
        Seen[name] = true;
        var described = operation["responses"]![((int)response.StatusCode).ToString(CultureInfo.InvariantCulture)];
        described.ShouldNotBeNull($"{name} is not described");
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (described["content"] is not JsonObject content)
        {
            body.ShouldBeEmpty(name);
            return response;
        }

        var type = response.Content.Headers.ContentType?.MediaType;
        content[type!].ShouldNotBeNull($"{name} is not described as {type}");
        var schema = _schemas.GetOrAdd($"{name} {type}", _ => Build(document, content[type!]!["schema"]!));
        var value =
            type == "text/plain"
                ? JsonSerializer.SerializeToElement(body)
                : JsonSerializer.Deserialize<JsonElement>(body);
        var result = schema.Evaluate(value, _options);
        result.IsValid.ShouldBeTrue($"{name}: {body}\n{JsonSerializer.Serialize(result)}");
        return response;
    }

    private async Task<JsonObject> ReadDocumentAsync(Uri any)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        return (await client.GetFromJsonAsync<JsonObject>(new Uri(any, "/openapi/v1.json")))!;
    }

    private static (string Path, JsonNode? Operation) Find(JsonObject document, HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        var candidates = document["paths"]!
            .AsObject()
            .Where(item =>
                Regex.IsMatch(
                    path,
                    $"^{Regex.Replace(item.Key, "{[a-z]+}", "[^/]+", RegexOptions.None, TimeSpan.FromSeconds(1))}$",
                    RegexOptions.None,
                    TimeSpan.FromSeconds(1)
                )
            )
            .ToList();
        return candidates.Count == 0
            ? ("", null)
            : (candidates[0].Key, candidates[0].Value![request.Method.Method.ToLowerInvariant()]);
    }

    private static JsonSchema Build(JsonObject document, JsonNode schema)
    {
        // The schemas of components refer to each other, so all of them become definitions of the one schema.
        var whole = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$defs"] = document["components"]!["schemas"]!.DeepClone(),
            ["allOf"] = new JsonArray(schema.DeepClone()),
        };
        return JsonSchema.FromText(
            whole.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal)
        );
    }
}
