using Softy.Gateway.Configuration;

namespace Softy.Gateway.Tls;

/// <summary>Tells clients over TLS that they may go on with HTTP/3, and on which port.</summary>
internal sealed class AltSvcMiddleware(RequestDelegate next, LiveOptions<TlsOptions> options)
{
    private static readonly TimeSpan _remembered = TimeSpan.FromDays(1);

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.IsHttps)
        {
            context.Response.Headers.AltSvc = string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"h3=\":{options.Current.ClientPort}\"; ma={_remembered.TotalSeconds:F0}"
            );
        }

        return next(context);
    }
}
