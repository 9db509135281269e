using Microsoft.AspNetCore.Http.Features;

namespace Softy.Gateway.Routing;

/// <summary>
/// Answers <c>OPTIONS *</c>, which asks about the server as a whole: no replica could speak for it, and no path says
/// which one to ask.
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
