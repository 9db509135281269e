using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Softy.Api.Problems;

namespace Softy.Api.RequestBodies;

/// <summary>
/// A parameter that is read from a JSON body. Unlike the framework's own binding it reports where malformed JSON is
/// invalid, and accepts only UTF-8, as RFC 8259 requires.
/// </summary>
/// <typeparam name="T">The type of the body.</typeparam>
/// <param name="Value">The body.</param>
internal sealed record JsonBody<T>(T Value) : IBindableFromHttpContext<JsonBody<T>>, IEndpointParameterMetadataProvider
    where T : class
{
    /// <summary>More than a message needs: 2,000 characters, each as two escapes, are 24 KB.</summary>
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

        var json = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>();
        try
        {
            var type = (JsonTypeInfo<T>)json.Value.SerializerOptions.GetTypeInfo(typeof(T));
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
                    [ProblemWriter.ContentType]
                )
            );
        }
    }
}
