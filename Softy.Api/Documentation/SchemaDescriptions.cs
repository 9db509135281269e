using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Softy.Api.Documentation;

/// <summary>Adds what a type does not express: lengths, patterns, and required members.</summary>
internal static class SchemaDescriptions
{
    /// <summary>Describes the schema of a type. Each feature describes its own types.</summary>
    public static IServiceCollection DescribeSchema<T>(
        this IServiceCollection services,
        Action<OpenApiSchema> describe
    ) =>
        services.Configure<OpenApiOptions>(
            DocumentationExtensions.DocumentName,
            options =>
                options.AddSchemaTransformer(
                    (schema, context, _) =>
                    {
                        if (context.JsonPropertyInfo is null && context.JsonTypeInfo.Type == typeof(T))
                        {
                            describe(schema);
                        }

                        return Task.CompletedTask;
                    }
                )
        );

    /// <summary>Gets the schema of a member.</summary>
    public static OpenApiSchema Property(this OpenApiSchema schema, string name) =>
        (OpenApiSchema)schema.Properties![name];
}
