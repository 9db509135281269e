namespace Softy.Web.Security;

/// <summary>The headers by which a browser restricts what the site may do.</summary>
internal static class SecurityHeaders
{
    private static readonly string _policy = PolicyAllowing();

    /// <summary>
    /// The site's Content-Security-Policy: only its own origin, no inline code, no HTML from strings.
    /// </summary>
    /// <param name="scriptSources">
    /// Script sources to allow besides the origin, such as the hash of an import map.
    /// </param>
    public static string PolicyAllowing(params string[] scriptSources) =>
        string.Join(
            "; ",
            "default-src 'none'",
            $"script-src {string.Join(' ', ["'self'", .. scriptSources])}",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            // For the URL of the shared worker; see streams.js.
            "trusted-types softy-hub"
        );

    /// <summary>Adds the headers to every response; an endpoint may replace the policy with one of its own.</summary>
    public static void UseSecurityHeaders(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
            {
                var headers = context.Response.Headers;
                headers.ContentSecurityPolicy = _policy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                headers["Cross-Origin-Resource-Policy"] = "same-origin";

                return next(context);
            }
        );
}
