using System.Threading.RateLimiting;
using Softy.Gateway.Problems;

namespace Softy.Gateway.Limits;

/// <summary>The error response for a request that a limit rejects.</summary>
internal sealed class Rejection
{
    private readonly int _statusCode;
    private readonly string _detail;
    private readonly int _retryAfterSeconds;

    private Rejection(int statusCode, string detail, int retryAfterSeconds)
    {
        _statusCode = statusCode;
        _detail = detail;
        _retryAfterSeconds = retryAfterSeconds;
    }

    /// <summary>Rejects a request because the queue is full.</summary>
    public static Rejection QueueFull { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "Too many requests are waiting.", retryAfterSeconds: 1);

    /// <summary>Rejects a request because its client exceeds the rate limit.</summary>
    /// <param name="lease">The lease of the client's bucket, which knows when the next request is allowed.</param>
    public static Rejection RateExceeded(RateLimitLease lease) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "This client exceeds its rate limit.",
            lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
                ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
                : 1
        );

    /// <summary>Writes the error response.</summary>
    public Task WriteResponseAsync(HttpContext context) =>
        Problem.WriteAsync(context, _statusCode, _detail, _retryAfterSeconds);
}
