using Microsoft.AspNetCore.Http.Features;

namespace Softy.Gateway.Routing;

/// <summary>
/// Answers <c>OPTIONS *</c>. The request is about the server as a whole, so it belongs to no route and no replica.
/// </summary>
internal sealed class OptionsRequestMiddleware(RequestDelegate next)
{
    private const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    public Task InvokeAsync(HttpContext context)
    {
        if (
            !HttpMethods.IsOptions(context.Request.Method)
            || context.Features.Get<IHttpRequestFeature>()?.RawTarget != "*"
        )
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.Allow = Methods;
        return Task.CompletedTask;
    }
}
