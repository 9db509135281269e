using Softy.Gateway.Problems;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Rejects hosts that Kestrel accepts but the HTTP client cannot parse, such as very long or empty ones. The HTTP
/// client would add its own <c>Host</c> header, and the replica could use either of them.
/// </summary>
internal sealed class HostValidationMiddleware(RequestDelegate next)
{
    // Nearly all requests have the same host, so the last valid one is cached.
    private volatile string? _lastValidHost;

    public Task InvokeAsync(HttpContext context)
    {
        // HTTP/1.0 requests need no host.
        if (
            context.Request.Headers.Host is { Count: > 0 } values
            && values.ToString() is var host
            && host != _lastValidHost
        )
        {
            if (!IsValid(host))
            {
                return Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The host is invalid.");
            }

            _lastValidHost = host;
        }

        return next(context);
    }

    private static bool IsValid(string host)
    {
        using var request = new HttpRequestMessage();
        return request.Headers.TryAddWithoutValidation("Host", host) && request.Headers.Host is not null;
    }
}
