using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Softy.ServiceDefaults;

namespace Softy.Api.Documentation;

/// <summary>Adds the description of the API and of its tags.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    private static readonly Dictionary<string, string> _tags = new(StringComparer.Ordinal)
    {
        ["Greetings"] = "The greeting, which needs no store.",
        ["Instances"] = "Which replica answers.",
        ["Visits"] = "A counter that all replicas share. Needs Redis.",
        ["Messages"] = "A wall of short messages. Needs PostgreSQL; Redis makes it faster.",
        ["Live"] = "Events from all replicas, as they happen.",
        ["Problems"] = "The kinds of errors.",
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
                $"Served by several replicas; the response header {SoftyHeaders.Instance} names the one that "
                + "answered. Errors are problems as RFC 9457 describes them, with a traceId. Where several errors "
                + "share a status code, their type tells them apart.",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        // Relative, because replicas do not know under which host name clients reach them.
        document.Servers = [new OpenApiServer { Url = "/" }];
        AddHead(document);
        document.Tags = _tags.Select(tag => new OpenApiTag { Name = tag.Key, Description = tag.Value }).ToHashSet();
        return Task.CompletedTask;
    }

    /// <summary>Adds HEAD wherever there is GET: HeadStartupFilter handles it, so the routes do not have it.</summary>
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
                    Description = "The headers of the response to GET, without its body.",
                    Tags = get.Tags,
                    Parameters = get.Parameters,
                    Responses = WithoutContent(get.Responses ?? []),
                };
            }
        }
    }

    private static OpenApiResponses WithoutContent(OpenApiResponses responses)
    {
        var bodiless = new OpenApiResponses();
        foreach (var (status, response) in responses)
        {
            bodiless[status] = new OpenApiResponse { Description = response.Description, Headers = response.Headers };
        }

        return bodiless;
    }
}
