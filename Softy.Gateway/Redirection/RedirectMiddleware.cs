using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Softy.Gateway.Clients;
using Softy.Gateway.Configuration;
using Softy.Gateway.Listening;
using Softy.Gateway.Tls;

namespace Softy.Gateway.Redirection;

/// <summary>
/// Sends clients of plain HTTP to HTTPS, method and body with them. The framework's own would write the target anew
/// from the decoded path, in which <c>%252F</c> and <c>%2F</c> are the same.
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

    // Who asks for these speaks plain HTTP, and may follow no redirect: containers, orchestrators, authorities.
    private static readonly PathString[] _plain = ["/health", "/alive", AcmeChallenges.Prefix];

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
        // HTTP/1.0 may name no host, and then there is nowhere to send it.
        && context.Request.Host.HasValue
        && !Array.Exists(
            _plain,
            path => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase)
        );

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
