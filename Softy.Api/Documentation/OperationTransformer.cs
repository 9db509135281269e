using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Softy.Api.Problems;
using Softy.ServiceDefaults;

namespace Softy.Api.Documentation;

/// <summary>Adds what every operation has: the header with the replica's name, and examples of problems.</summary>
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
            if (response.Content?.TryGetValue(ProblemWriter.ContentType, out var content) == true)
            {
                content.Example ??= ProblemExample.Create(int.Parse(status, CultureInfo.InvariantCulture), type: null);
            }
        }

        return Task.CompletedTask;
    }
}
