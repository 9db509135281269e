using System.Text.Json;

namespace Softy.Tests.Api;

/// <summary>The description contains everything that a client needs to know.</summary>
[Collection(nameof(ApiCollection))]
public sealed class OpenApiTests(ApiCollection.Fixture softy) : ApiTest(softy)
{
    [Fact]
    public async Task Every_operation_is_described_with_examples_and_its_problems()
    {
        var document = await GetAsync<JsonElement>("/openapi/v1.json");

        document.GetProperty("openapi").GetString().ShouldNotBeNull().ShouldStartWith("3.1");
        var operations = document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject().Select(method => (Name: $"{method.Name} {path.Name}", method.Value))
            )
            .ToDictionary(operation => operation.Name, operation => operation.Value, StringComparer.Ordinal);

        operations
            .Keys.Where(name => !name.StartsWith("head ", StringComparison.Ordinal))
            .ShouldBe(
                [
                    "get /api/hello",
                    "get /api/hello/instance",
                    "get /host",
                    "get /api/host",
                    "get /date",
                    "get /api/date",
                    "get /api/instance",
                    "get /api/visits",
                    "post /api/visits",
                    "get /api/messages",
                    "post /api/messages",
                    "get /api/messages/{id}",
                    "delete /api/messages/{id}",
                    "get /api/live",
                    "get /api/problems",
                    "get /api/problems/{name}",
                ],
                ignoreOrder: true
            );
        operations
            .Keys.Where(name => name.StartsWith("head ", StringComparison.Ordinal))
            .Select(name => $"get{name[4..]}")
            .ShouldBe(
                operations.Keys.Where(name => name.StartsWith("get ", StringComparison.Ordinal)),
                ignoreOrder: true
            );
        foreach (
            var (name, operation) in operations.Where(operation =>
                !operation.Key.StartsWith("head ", StringComparison.Ordinal)
            )
        )
        {
            operation.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty(name);
            operation.GetProperty("description").GetString().ShouldNotBeNullOrEmpty(name);
            foreach (
                var response in operation
                    .GetProperty("responses")
                    .EnumerateObject()
                    .Where(response => response.Name[0] is '4' or '5')
            )
            {
                response
                    .Value.GetProperty("content")
                    .GetProperty("application/problem+json")
                    .TryGetProperty("example", out _)
                    .ShouldBeTrue($"{name} {response.Name}");
            }
        }

        operations["post /api/messages"]
            .GetProperty("responses")
            .EnumerateObject()
            .Select(response => response.Name)
            .ShouldBe(["201", "400", "413", "415", "422", "503", "504"], ignoreOrder: true);
        operations["post /api/messages"]
            .GetProperty("parameters")
            .EnumerateArray()
            .ShouldContain(parameter => parameter.GetProperty("name").GetString() == "Idempotency-Key");
    }
}
