using Softy.Gateway.Configuration;

namespace Softy.Gateway.SecurityHeaders;

/// <summary>
/// Adds the configured headers to every response, including the gateway's own, unless the response already has them.
/// </summary>
internal sealed class SecurityHeadersMiddleware(RequestDelegate next, LiveOptions<SecurityHeaderOptions> options)
{
    public Task InvokeAsync(HttpContext context)
    {
        var headers = options.Current.Headers;
        if (headers.Count > 0)
        {
            // The replica's headers are only known when the response starts.
            context.Response.OnStarting(Add, (context.Response, headers));
        }

        return next(context);
    }

    private static Task Add(object state)
    {
        var (response, headers) = ((HttpResponse, Dictionary<string, string>))state;
        foreach (var (name, value) in headers)
        {
            if (value.Length > 0)
            {
                response.Headers.TryAdd(name, value);
            }
        }

        return Task.CompletedTask;
    }
}
