using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;
using Softy.Api.Problems;

namespace Softy.Api.Http;

/// <summary>
/// A parameter that is read from a JSON body. Unlike the framework's own binding it says where malformed JSON is
/// malformed, and takes UTF-8 only, as RFC 8259 has it.
/// </summary>
/// <typeparam name="T">What the body holds.</typeparam>
/// <param name="Value">The body.</param>
internal sealed record JsonBody<T>(T Value) : IBindableFromHttpContext<JsonBody<T>>, IEndpointParameterMetadataProvider
    where T : class
{
    /// <summary>A message takes some 24 KB at most: 2,000 characters, each written as two escapes.</summary>
    private const int MaxSize = 64 * 1024;

    public static async ValueTask<JsonBody<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var request = context.Request;
        if (
            !request.HasJsonContentType()
            || (
                request.GetTypedHeaders().ContentType is { Charset: { HasValue: true } charset }
                && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                && !charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)
            )
        )
        {
            throw new ProblemException(
                StatusCodes.Status415UnsupportedMediaType,
                "Send the body as application/json, in UTF-8."
            );
        }

        try
        {
            var type = (JsonTypeInfo<T>)ApiJsonContext.Shared.GetTypeInfo(typeof(T))!;
            await using var body = new LimitedBody(request.Body, MaxSize);
            var value = await JsonSerializer.DeserializeAsync(body, type, context.RequestAborted);
            return new JsonBody<T>(value ?? throw new JsonException());
        }
        catch (JsonException exception)
        {
            var place = exception is { LineNumber: { } line, BytePositionInLine: { } position }
                ? FormattableString.Invariant($" Reading stopped at line {line + 1}, byte {position + 1}.")
                : "";
            throw new ProblemException(
                ProblemType.MalformedRequest,
                $"The body must be well-formed JSON of the documented shape.{place}"
            );
        }
    }

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));
        foreach (
            var status in new[]
            {
                StatusCodes.Status400BadRequest,
                StatusCodes.Status413PayloadTooLarge,
                StatusCodes.Status415UnsupportedMediaType,
            }
        )
        {
            builder.Metadata.Add(
                new ProducesResponseTypeMetadata(
                    status,
                    typeof(Microsoft.AspNetCore.Mvc.ProblemDetails),
                    ["application/problem+json"]
                )
            );
        }
    }
}
