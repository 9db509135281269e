using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Softy.Gateway.Clients;
using Softy.Gateway.Configuration;
using Softy.Gateway.Listening;
using Softy.Gateway.Tls;

namespace Softy.Gateway.Redirection;

/// <summary>
/// Redirects plain HTTP to HTTPS and preserves the method and the body. ASP.NET Core's own middleware would rebuild the
/// target from the decoded path, in which <c>%252F</c> and <c>%2F</c> are the same.
/// </summary>
internal sealed class RedirectMiddleware(
    RequestDelegate next,
    LiveOptions<RedirectOptions> options,
    LiveOptions<TlsOptions> tls,
    GatewayEndpoints endpoints,
    ClientAddressResolver clients
)
{
    private const int HttpsPort = 443;

    // Container engines, orchestrators and certificate authorities request these by plain HTTP, and may not follow
    // redirects.
    private static readonly PathString[] _plainHttpPaths = ["/health", "/alive", AcmeChallenges.Prefix];

    public Task InvokeAsync(HttpContext context)
    {
        if (!Applies(context))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = Location(context);
        return Task.CompletedTask;
    }

    private bool Applies(HttpContext context) =>
        options.Current.Enabled
        && endpoints.CanRedirectToHttps(context)
        && !clients.IsHttps(context)
        // An HTTP/1.0 request may have no host to redirect to.
        && context.Request.Host.HasValue
        && !IsForPlainHttp(context.Request.Path);

    private static bool IsForPlainHttp(PathString path) =>
        Array.Exists(_plainHttpPaths, plain => path.StartsWithSegments(plain, StringComparison.OrdinalIgnoreCase));

    private string Location(HttpContext context)
    {
        var request = context.Request;
        var port = tls.Current.ClientPort;
        var host = new HostString(request.Host.Host).ToUriComponent();
        var authority = port == HttpsPort ? host : $"{host}:{port.ToString(CultureInfo.InvariantCulture)}";
        return context.Features.Get<IHttpRequestFeature>()?.RawTarget is ['/', ..] target
            ? $"https://{authority}{target}"
            : UriHelper.BuildAbsolute(
                "https",
                new HostString(authority),
                request.PathBase,
                request.Path,
                request.QueryString
            );
    }
}
