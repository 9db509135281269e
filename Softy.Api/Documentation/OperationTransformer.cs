using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Softy.ServiceDefaults;

namespace Softy.Api.Documentation;

/// <summary>Adds what holds for every operation: which replica answered, and what a problem looks like.</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    public Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        foreach (var (status, item) in operation.Responses ?? [])
        {
            var response = (OpenApiResponse)item;
            response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
            response.Headers[SoftyHeaders.Instance] = new OpenApiHeader
            {
                Description = "The replica that answered.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            };
            if (response.Content?.TryGetValue("application/problem+json", out var content) == true)
            {
                content.Example ??= ProblemExample.Create(int.Parse(status, CultureInfo.InvariantCulture), type: null);
            }
        }

        return Task.CompletedTask;
    }
}
