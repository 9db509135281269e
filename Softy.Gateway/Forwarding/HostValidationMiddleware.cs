using Softy.Gateway.Problems;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Refuses a host that the server takes and the HTTP client does not understand, such as one of two thousand letters, or of
/// none. The client would send a <c>Host</c> of its own beside it, and a replica could take either for the request's.
/// </summary>
internal sealed class HostValidationMiddleware(RequestDelegate next)
{
    // Nearly all requests have the same: it is looked at once.
    private volatile string? _lastGood;

    public Task InvokeAsync(HttpContext context)
    {
        // An HTTP/1.0 request may have none.
        if (context.Request.Headers.Host is { Count: > 0 } values && values.ToString() is var host && host != _lastGood)
        {
            if (!IsValid(host))
            {
                return Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The host is not a valid one.");
            }

            _lastGood = host;
        }

        return next(context);
    }

    private static bool IsValid(string host)
    {
        using var request = new HttpRequestMessage();
        return request.Headers.TryAddWithoutValidation("Host", host) && request.Headers.Host is not null;
    }
}
