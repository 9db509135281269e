using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using Softy.Api.Problems;

namespace Softy.Api.Documentation;

/// <summary>Describes the schemas of problems and their kinds.</summary>
internal static class ProblemSchemas
{
    public static IServiceCollection DescribeProblems(this IServiceCollection services) =>
        services
            .DescribeSchema<ProblemDetails>(DescribeProblem)
            .DescribeSchema<HttpValidationProblemDetails>(DescribeProblem)
            .DescribeSchema<ProblemType>(schema =>
            {
                schema.Property("uri").Type = JsonSchemaType.String;
                schema.Required?.Add("uri");
            });

    private static void DescribeProblem(OpenApiSchema schema)
    {
        schema.Description = "A problem as RFC 9457 describes it.";
        schema.Property("type").Type = JsonSchemaType.String;
        schema.Property("type").Description =
            "Which kind of problem it is: a path of this API that describes it, or about:blank.";
        schema.Property("title").Type = JsonSchemaType.String;
        schema.Property("status").Type = JsonSchemaType.Integer;
        schema.Property("detail").Type = JsonSchemaType.String;
        schema.Properties!.Remove("instance");
        schema.Properties["traceId"] = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            MinLength = 1,
            Description = "Names the request in traces and logs.",
        };
        schema.Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "traceId" };
    }
}
