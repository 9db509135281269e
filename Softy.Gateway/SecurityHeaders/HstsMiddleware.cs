using Softy.Gateway.Clients;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.SecurityHeaders;

/// <summary>
/// Tells browsers to use only HTTPS. The header is set when the response starts, because a retry clears all headers
/// that were set before.
/// </summary>
internal sealed class HstsMiddleware(
    RequestDelegate next,
    LiveOptions<HstsOptions> options,
    ClientAddressResolver clients
)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (options.Current.Header is { } header && clients.IsHttps(context))
        {
            context.Response.OnStarting(
                static state =>
                {
                    var (response, header) = ((HttpResponse, string))state;
                    response.Headers.StrictTransportSecurity = header;
                    return Task.CompletedTask;
                },
                (context.Response, header)
            );
        }

        return next(context);
    }
}
