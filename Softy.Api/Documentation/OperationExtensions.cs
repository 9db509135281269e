using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Softy.Api.Problems;

namespace Softy.Api.Documentation;

/// <summary>Adds what the OpenAPI document cannot infer from the code of an endpoint.</summary>
internal static class OperationExtensions
{
    private const string Json = StringSyntaxAttribute.Json;

    /// <summary>Adds an example of the response.</summary>
    public static RouteHandlerBuilder WithExample(
        this RouteHandlerBuilder endpoint,
        [StringSyntax(Json)] string example
    ) =>
        endpoint.Describe(operation =>
        {
            foreach (var (status, response) in operation.Responses ?? [])
            {
                foreach (var content in status[0] == '2' ? response.Content?.Values ?? [] : [])
                {
                    content.Example = JsonNode.Parse(example);
                }
            }
        });

    /// <summary>Adds an example of the request body.</summary>
    public static RouteHandlerBuilder WithRequestExample(
        this RouteHandlerBuilder endpoint,
        [StringSyntax(Json)] string example
    ) =>
        endpoint.Describe(operation =>
        {
            foreach (var content in operation.RequestBody?.Content?.Values ?? [])
            {
                content.Example = JsonNode.Parse(example);
            }
        });

    /// <summary>Describes a parameter that the endpoint has.</summary>
    public static RouteHandlerBuilder WithParameter(
        this RouteHandlerBuilder endpoint,
        string name,
        string description,
        [StringSyntax(Json)] string example,
        OpenApiSchema? schema = null
    ) =>
        endpoint.Describe(operation =>
        {
            var parameter = (OpenApiParameter)operation.Parameters!.Single(parameter => parameter.Name == name);
            (parameter.Description, parameter.Example) = (description, JsonNode.Parse(example));
            parameter.Schema = schema ?? parameter.Schema;
        });

    /// <summary>Adds a header that the endpoint reads from the request.</summary>
    public static RouteHandlerBuilder WithRequestHeader(
        this RouteHandlerBuilder endpoint,
        string name,
        string description,
        string example
    ) =>
        endpoint.Describe(operation =>
            (operation.Parameters ??= []).Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Header,
                    Description = description,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    Example = JsonValue.Create(example),
                }
            )
        );

    /// <summary>Adds a response header.</summary>
    public static RouteHandlerBuilder WithResponseHeader(
        this RouteHandlerBuilder endpoint,
        int status,
        string name,
        string description
    ) => endpoint.Describe(operation => AddHeader(operation, status, name, description));

    /// <summary>Adds the kinds of problems that the endpoint responds with.</summary>
    public static TBuilder WithProblems<TBuilder>(this TBuilder endpoints, params IReadOnlyList<ProblemType> problems)
        where TBuilder : IEndpointConventionBuilder
    {
        foreach (var kinds in problems.GroupBy(problem => problem.Status))
        {
            var text = string.Join(" Or: ", kinds.Select(kind => $"{kind.Title}. {kind.Description}"));
            endpoints.WithMetadata(
                new ProducesResponseTypeMetadata(
                    kinds.Key,
                    kinds.First() == ProblemType.Validation
                        ? typeof(HttpValidationProblemDetails)
                        : typeof(Microsoft.AspNetCore.Mvc.ProblemDetails),
                    [ProblemWriter.ContentType]
                )
            );
            endpoints.AddOpenApiOperationTransformer(
                (operation, _, _) =>
                {
                    var response = operation.Responses![Key(kinds.Key)];
                    response.Description = text;
                    foreach (var content in response.Content?.Values ?? [])
                    {
                        content.Example = ProblemExample.Create(kinds.Key, kinds.First());
                    }

                    if (kinds.Key == StatusCodes.Status503ServiceUnavailable)
                    {
                        AddHeader(operation, kinds.Key, HeaderNames.RetryAfter, "After how many seconds to try again.");
                    }

                    return Task.CompletedTask;
                }
            );
        }

        return endpoints;
    }

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, Action<OpenApiOperation> describe) =>
        endpoint.AddOpenApiOperationTransformer(
            (operation, _, _) =>
            {
                describe(operation);
                return Task.CompletedTask;
            }
        );

    private static void AddHeader(OpenApiOperation operation, int status, string name, string description) =>
        (
            ((OpenApiResponse)operation.Responses![Key(status)]).Headers ??= new Dictionary<string, IOpenApiHeader>(
                StringComparer.Ordinal
            )
        )[name] = new OpenApiHeader
        {
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };

    private static string Key(int status) => status.ToString(CultureInfo.InvariantCulture);
}
