using System.Globalization;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Tls;

/// <summary>Announces HTTP/3 and its port to clients that use TLS.</summary>
internal sealed class AltSvcMiddleware
{
    private static readonly TimeSpan _maxAge = TimeSpan.FromDays(1);

    private readonly RequestDelegate _next;
    private volatile string _header;

    public AltSvcMiddleware(RequestDelegate next, LiveOptions<TlsOptions> options)
    {
        _next = next;
        _header = Format(options.Current);
        options.Changed += (_, _) => _header = Format(options.Current);
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.IsHttps)
        {
            context.Response.Headers.AltSvc = _header;
        }

        return _next(context);
    }

    private static string Format(TlsOptions options) =>
        string.Create(CultureInfo.InvariantCulture, $"h3=\":{options.ClientPort}\"; ma={_maxAge.TotalSeconds:F0}");
}
