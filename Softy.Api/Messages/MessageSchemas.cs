using Microsoft.OpenApi;
using Softy.Api.Documentation;

namespace Softy.Api.Messages;

/// <summary>Describes the schemas of messages.</summary>
internal static class MessageSchemas
{
    public static IServiceCollection DescribeMessages(this IServiceCollection services) =>
        services
            .DescribeSchema<NewMessage>(DescribeContent)
            .DescribeSchema<Message>(DescribeMessage)
            .DescribeSchema<CreatedMessage>(schema =>
            {
                DescribeMessage(schema);
                schema.Property("ownerToken").Pattern = "^[A-Za-z0-9_-]{43}$";
            })
            .DescribeSchema<MessagePage>(schema =>
            {
                schema.Property("items").MaxItems = PageRequest.MaxLimit;
                schema.Property("next").Pattern = "^[A-Za-z0-9_-]{12}$";
            });

    private static void DescribeMessage(OpenApiSchema schema)
    {
        DescribeContent(schema);
        schema.Property("id").Pattern = "^[1-9][0-9]*$";
    }

    private static void DescribeContent(OpenApiSchema schema)
    {
        Limit(schema.Property("author"), NewMessage.MaxAuthorLength);
        Limit(schema.Property("text"), NewMessage.MaxTextLength);
    }

    /// <summary>A text of 1 to <paramref name="maxLength"/> code points.</summary>
    private static void Limit(OpenApiSchema schema, int maxLength) =>
        (schema.Type, schema.MinLength, schema.MaxLength) = (JsonSchemaType.String, 1, maxLength);
}
