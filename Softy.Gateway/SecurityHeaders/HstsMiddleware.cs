using Softy.Gateway.Clients;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.SecurityHeaders;

/// <summary>
/// Tells browsers, over TLS, to come by TLS only. When the response starts, because a replica's answer that is given up
/// for another one takes all headers with it that were set before.
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
