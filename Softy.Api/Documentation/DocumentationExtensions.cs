using Microsoft.OpenApi;

namespace Softy.Api.Documentation;

/// <summary>Describes the API in OpenAPI 3.1, at <c>/openapi/v1.json</c>.</summary>
internal static class DocumentationExtensions
{
    public static void AddDocumentation(this IHostApplicationBuilder builder) =>
        builder.Services.AddOpenApi(
            "v1",
            options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.AddDocumentTransformer<DocumentTransformer>();
                options.AddOperationTransformer<OperationTransformer>();
                options.AddSchemaTransformer<SchemaTransformer>();
            }
        );

    public static void MapDocumentation(this IEndpointRouteBuilder app) => app.MapOpenApi();
}
