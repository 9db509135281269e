using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Softy.Api.Messages;
using Softy.Api.Problems;
using Softy.Api.Visits;

namespace Softy.Api.Documentation;

/// <summary>Adds constraints that the types do not express: lengths, patterns, and required members.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    private const string Id = "^[1-9][0-9]*$";

    public Task TransformAsync(
        OpenApiSchema schema,
        OpenApiSchemaTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var type = context.JsonPropertyInfo is null ? context.JsonTypeInfo.Type : null;
        if (type == typeof(ProblemDetails) || type == typeof(HttpValidationProblemDetails))
        {
            DescribeProblem(schema);
        }
        else if (type == typeof(ProblemType))
        {
            Property(schema, "uri").Type = JsonSchemaType.String;
            schema.Required?.Add("uri");
        }
        else if (type == typeof(NewMessage) || type == typeof(Message) || type == typeof(CreatedMessage))
        {
            Limit(Property(schema, "author"), NewMessage.MaxAuthorLength);
            Limit(Property(schema, "text"), NewMessage.MaxTextLength);
            if (type != typeof(NewMessage))
            {
                Property(schema, "id").Pattern = Id;
            }

            if (type == typeof(CreatedMessage))
            {
                Property(schema, "ownerToken").Pattern = "^[A-Za-z0-9_-]{43}$";
            }
        }
        else if (type == typeof(MessagePage))
        {
            Property(schema, "items").MaxItems = PageRequest.MaxLimit;
            Property(schema, "next").Pattern = "^[A-Za-z0-9_-]{12}$";
        }
        else if (type == typeof(VisitTotals))
        {
            Property(schema, "total").Minimum = "0";
        }

        return Task.CompletedTask;
    }

    private static void DescribeProblem(OpenApiSchema schema)
    {
        schema.Description = "A problem as RFC 9457 describes it.";
        Property(schema, "type").Type = JsonSchemaType.String;
        Property(schema, "type").Description =
            "Which kind of problem it is: a path of this API that describes it, or about:blank.";
        Property(schema, "title").Type = JsonSchemaType.String;
        Property(schema, "status").Type = JsonSchemaType.Integer;
        Property(schema, "detail").Type = JsonSchemaType.String;
        schema.Properties!.Remove("instance");
        schema.Properties["traceId"] = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            MinLength = 1,
            Description = "Names the request in traces and logs.",
        };
        schema.Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "traceId" };
    }

    /// <summary>A text of 1 to <paramref name="maxLength"/> code points.</summary>
    private static void Limit(OpenApiSchema schema, int maxLength) =>
        (schema.Type, schema.MinLength, schema.MaxLength) = (JsonSchemaType.String, 1, maxLength);

    private static OpenApiSchema Property(OpenApiSchema schema, string name) => (OpenApiSchema)schema.Properties![name];
}
