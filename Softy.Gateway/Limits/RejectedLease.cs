using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Softy.Gateway.Problems;

namespace Softy.Gateway.Limits;

/// <summary>A rejected lease with the error response for the client.</summary>
internal sealed class RejectedLease : RateLimitLease
{
    private readonly int _statusCode;
    private readonly string _detail;
    private readonly int _retryAfterSeconds;

    private RejectedLease(int statusCode, string detail, int retryAfterSeconds)
    {
        _statusCode = statusCode;
        _detail = detail;
        _retryAfterSeconds = retryAfterSeconds;
    }

    /// <summary>Rejects a request because the queue is full.</summary>
    public static RejectedLease QueueFull { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "Too many requests are waiting.", retryAfterSeconds: 1);

    public override bool IsAcquired => false;

    public override IEnumerable<string> MetadataNames => [];

    /// <summary>Rejects a request because its client exceeds the rate limit.</summary>
    /// <param name="lease">The lease of the client's bucket, which knows when the next request is allowed.</param>
    public static RejectedLease RateExceeded(RateLimitLease lease) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "This client exceeds its rate limit.",
            lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
                ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
                : 1
        );

    /// <summary>Writes the error response.</summary>
    public static ValueTask WriteResponseAsync(OnRejectedContext rejected, CancellationToken cancellationToken) =>
        rejected.Lease is RejectedLease rejection
            ? new ValueTask(
                Problem.WriteAsync(
                    rejected.HttpContext,
                    rejection._statusCode,
                    rejection._detail,
                    rejection._retryAfterSeconds
                )
            )
            : ValueTask.CompletedTask;

    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = null;
        return false;
    }
}
