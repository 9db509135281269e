using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using Softy.Api.Http;

namespace Softy.Api.Messages;

/// <summary>Sends a message, or 304 when the client has it.</summary>
internal sealed class MessageResult(Message message) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        // A message never changes: who has it has it. The time tells it from one of the same number in another database.
        var entityTag = string.Create(CultureInfo.InvariantCulture, $"\"{message.Id}-{message.CreatedAt.UtcTicks:x}\"");
        if (EntityTag.IsKnown(httpContext, entityTag))
        {
            httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return httpContext.Response.WriteAsJsonAsync(message, ApiJsonContext.Shared.Message, cancellationToken: httpContext.RequestAborted);
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(Message), ["application/json"]));
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status304NotModified));
    }
}
