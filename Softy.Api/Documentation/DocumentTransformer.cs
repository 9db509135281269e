using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Softy.Api.Documentation;

/// <summary>Says what the API is, and what its parts are about.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    private static readonly Dictionary<string, string> _tags = new(StringComparer.Ordinal)
    {
        ["Greetings"] = "The greeting, as cheap as an answer can be.",
        ["Instances"] = "Which replica answers.",
        ["Visits"] = "A counter that all replicas share. Needs Redis.",
        ["Messages"] = "A wall of short messages. Needs PostgreSQL; Redis makes it faster.",
        ["Live"] = "What happens on all replicas, as it happens.",
        ["Problems"] = "What can go wrong.",
    };

    public Task TransformAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        document.Info = new OpenApiInfo
        {
            Title = "Softy",
            Version = "1",
            Description =
                "Served by several replicas; the response header X-Softy-Instance names the one that answered. Errors are problems "
                + "as RFC 9457 describes them, with a traceId. Where several errors share a status code, their type tells them apart.",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        // Wherever the document was read from: replicas do not know under which name they are reached.
        document.Servers = [new OpenApiServer { Url = "/" }];
        AddHead(document);
        document.Tags = _tags.Select(tag => new OpenApiTag { Name = tag.Key, Description = tag.Value }).ToHashSet();
        return Task.CompletedTask;
    }

    /// <summary>HEAD works wherever GET does, and no route knows of it.</summary>
    private static void AddHead(OpenApiDocument document)
    {
        foreach (var operations in document.Paths.Values.Select(path => path.Operations))
        {
            if (operations?.GetValueOrDefault(HttpMethod.Get) is { } get)
            {
                operations[HttpMethod.Head] = new OpenApiOperation
                {
                    OperationId = $"Head{get.OperationId}",
                    Summary = get.Summary,
                    Description = "The headers of the answer to GET, without its body.",
                    Tags = get.Tags,
                    Parameters = get.Parameters,
                    Responses = Bodiless(get.Responses ?? []),
                };
            }
        }
    }

    private static OpenApiResponses Bodiless(OpenApiResponses responses)
    {
        var bodiless = new OpenApiResponses();
        foreach (var (status, response) in responses)
        {
            bodiless[status] = new OpenApiResponse { Description = response.Description, Headers = response.Headers };
        }

        return bodiless;
    }
}
