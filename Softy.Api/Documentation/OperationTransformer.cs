using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Softy.Api.Http;
using Softy.Api.Messages;
using Softy.Api.Problems;
using Softy.ServiceDefaults.Instances;

namespace Softy.Api.Documentation;

/// <summary>Adds what cannot be read off the code: examples, headers, and which problem comes with which status.</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string OwnerTokenExample = "hMtqwqQKzetyOSkIdSyIInXabt01Qo00wgUrSDrEGCo";
    private const string MessageExample =
        """{ "id": "42", "author": "Ada", "text": "Hello, wall!", "createdAt": "2026-11-21T09:30:00.123456+00:00" }""";

    private static readonly Dictionary<string, string> _examples = new(StringComparer.Ordinal)
    {
        ["GetHello"] = "\"Hello, World!\"",
        ["GetHelloInstance"] = "\"Hello, World 2!\"",
        ["GetHost"] = "\"api-2\"",
        ["GetApiHost"] = "\"api-2\"",
        ["GetDate"] = "\"2026-11-21T09:30:00.1234567Z\"",
        ["GetApiDate"] = "\"2026-11-21T09:30:00.1234567Z\"",
        ["GetInstance"] =
            """{ "name": "api-2", "number": 2, "host": "worker-7", "version": "1.0.0", "startedAt": "2026-11-21T09:00:00+00:00", "requests": 1234 }""",
        ["GetVisits"] = """{ "total": 7, "instances": { "api-1": 3, "api-2": 2, "api-3": 2 } }""",
        ["CountVisit"] = """{ "total": 8, "instances": { "api-1": 3, "api-2": 3, "api-3": 2 } }""",
        ["ListMessages"] = $$"""{ "items": [{{MessageExample}}], "next": "AQAAAAAAAAAq" }""",
        ["GetMessage"] = MessageExample,
        ["CreateMessage"] = $$"""{{MessageExample[..^2]}}, "ownerToken": "{{OwnerTokenExample}}" }""",
        ["GetLive"] = "\"id: 745-3\\nevent: message\\ndata: {\\\"id\\\":\\\"42\\\", …}\\n\\n\"",
    };

    private static readonly Dictionary<string, ProblemType> _problems = new(StringComparer.Ordinal)
    {
        ["400"] = ProblemType.Validation,
        ["403"] = ProblemType.NotTheOwner,
        ["422"] = ProblemType.IdempotencyKeyReused,
        ["503"] = ProblemType.StoreUnavailable,
    };

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var (status, response) in operation.Responses ?? [])
        {
            Describe(operation.OperationId, status, (OpenApiResponse)response);
        }

        switch (operation.OperationId)
        {
            case "ListMessages":
                Describe(Find(operation, "after"), "Where to begin: the \"next\" of the page before. The newest messages without it.", "\"AQAAAAAAAAAq\"");
                var limit = Find(operation, "limit");
                Describe(limit, "How many messages the page has at most.", "20");
                limit.Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Minimum = "1",
                    Maximum = PageRequest.MaxLimit.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    Default = PageRequest.DefaultLimit,
                };
                operation.Parameters!.Add(Header("If-None-Match", "The ETag of the page that the client has.", "\"0fc6ykzgFqkf9WKeuQpdAQ\""));
                break;
            case "GetMessage":
                operation.Parameters!.Add(Header("If-None-Match", "The ETag of the message that the client has.", "\"2a-8de28d1f0a3f9c4\""));
                break;
            case "CreateMessage":
                operation.Parameters ??= [];
                operation.Parameters.Add(Header(
                    IdempotencyKey.HeaderName,
                    "Names this request, so that it can be repeated. Choose something that nobody guesses, such as a UUID: who knows key and body gets the answer, owner token included.",
                    "5f0c7a1e-3b1d-4c58-9d0e-6a3c1f1b7e52"));
                foreach (var content in operation.RequestBody?.Content?.Values ?? [])
                {
                    content.Example = JsonNode.Parse("""{ "author": "Ada", "text": "Hello, wall!" }""");
                }

                break;
            case "DeleteMessage":
                Describe(Find(operation, OwnerToken.HeaderName), "The owner token that the message was created with.", $"\"{OwnerTokenExample}\"");
                break;
            case "GetLive":
                Describe(Find(operation, "lastEventId"), "The id of the last event that was seen, where the header cannot be sent.", "\"745-3\"");
                operation.Parameters!.Add(Header("Last-Event-ID", "The id of the last event that was seen: the stream goes on after it.", "745-3"));
                break;
        }

        return Task.CompletedTask;
    }

    private static void Describe(string? operation, string status, OpenApiResponse response)
    {
        response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
        response.Headers[InstanceExtensions.HeaderName] = ResponseHeader("The replica that answered.");
        switch (operation, status)
        {
            case ("CreateMessage", "201"):
                response.Headers["Location"] = ResponseHeader("Where the message is.");
                break;
            case ("ListMessages", "200"):
                response.Headers["Link"] = ResponseHeader("The next page, with rel=\"next\"; absent on the last one.");
                response.Headers["ETag"] = ResponseHeader("Names this version of the page.");
                break;
            case ("GetMessage", "200"):
                response.Headers["ETag"] = ResponseHeader("Names the message.");
                break;
            case (_, "503"):
                response.Headers["Retry-After"] = ResponseHeader("In how many seconds to try again.");
                break;
        }

        foreach (var (type, content) in response.Content ?? new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal))
        {
            if (type == "application/problem+json")
            {
                content.Example = CreateProblem(status, response.Description ?? "");
            }
            else if (operation is not null && _examples.TryGetValue(operation, out var example))
            {
                content.Example = JsonNode.Parse(example);
            }
        }

        if (_problems.TryGetValue(status, out var problem))
        {
            response.Description = $"{problem.Title}. {problem.Description}";
        }
    }

    private static JsonObject CreateProblem(string status, string title)
    {
        var problem = _problems.GetValueOrDefault(status);
        var example = new JsonObject
        {
            ["type"] = problem?.Uri ?? "about:blank",
            ["title"] = problem?.Title ?? title,
            ["status"] = int.Parse(status, System.Globalization.CultureInfo.InvariantCulture),
        };
        if (problem == ProblemType.Validation)
        {
            example["errors"] = new JsonObject { ["author"] = new JsonArray("Author is required.") };
        }

        example["traceId"] = TraceId;
        return example;
    }

    private static OpenApiParameter Find(OpenApiOperation operation, string name) =>
        (OpenApiParameter)operation.Parameters!.Single(parameter => parameter.Name == name);

    private static void Describe(OpenApiParameter parameter, string description, string example) =>
        (parameter.Description, parameter.Example) = (description, JsonNode.Parse(example));

    private static OpenApiParameter Header(string name, string description, string example) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        Example = JsonValue.Create(example),
    };

    private static OpenApiHeader ResponseHeader(string description) =>
        new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
}
