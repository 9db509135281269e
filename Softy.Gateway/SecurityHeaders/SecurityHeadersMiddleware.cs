using Softy.Gateway.Configuration;

namespace Softy.Gateway.SecurityHeaders;

/// <summary>
/// Adds the headers of the edge to every response, the gateway's own included, where whoever answers has not set them.
/// </summary>
internal sealed class SecurityHeadersMiddleware(RequestDelegate next, LiveOptions<SecurityHeaderOptions> options)
{
    public Task InvokeAsync(HttpContext context)
    {
        var headers = options.Current.Headers;
        if (headers.Count > 0)
        {
            // Not before the response starts: what a replica says is not known until then.
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
