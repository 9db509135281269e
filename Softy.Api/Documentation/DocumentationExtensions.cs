using Microsoft.OpenApi;

namespace Softy.Api.Documentation;

/// <summary>Describes the API in OpenAPI 3.1, at <c>/openapi/v1.json</c>.</summary>
internal static class DocumentationExtensions
{
    /// <summary>The name of the document in its address and in its options.</summary>
    public const string DocumentName = "v1";

    public static void AddDocumentation(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOpenApi(
            DocumentName,
            options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.AddDocumentTransformer<DocumentTransformer>();
                options.AddOperationTransformer<OperationTransformer>();
            }
        );
        builder.Services.DescribeProblems();
    }

    public static void MapDocumentation(this IEndpointRouteBuilder app) => app.MapOpenApi();
}
