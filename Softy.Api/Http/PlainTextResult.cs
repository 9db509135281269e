using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.Metadata;

namespace Softy.Api.Http;

/// <summary>A response with a text that is encoded only once.</summary>
internal sealed class PlainTextResult(string text) : IResult, IEndpointMetadataProvider
{
    private const string ContentType = "text/plain; charset=utf-8";

    private readonly byte[] _text = Encoding.UTF8.GetBytes(text);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = ContentType;
        response.ContentLength = _text.Length;
        var write = response.BodyWriter.WriteAsync(_text, httpContext.RequestAborted);
        return write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/plain"]));
}
