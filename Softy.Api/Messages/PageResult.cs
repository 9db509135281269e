using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using Softy.Api.Http;

namespace Softy.Api.Messages;

/// <summary>Sends a page, or 304 when the client has it.</summary>
internal sealed class PageResult(PageContent content, int limit) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (content.Next is { } next)
        {
            response.Headers.Link = string.Create(
                CultureInfo.InvariantCulture, $"<{httpContext.Request.PathBase}/api/messages?after={next}&limit={limit}>; rel=\"next\"");
        }

        if (EntityTag.IsKnown(httpContext, content.EntityTag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = content.Json.Length;
        var write = response.BodyWriter.WriteAsync(content.Json, httpContext.RequestAborted);
        return write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(MessagePage), ["application/json"]));
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status304NotModified));
    }
}
