using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Softy.Gateway.Problems;

namespace Softy.Gateway.Limits;

/// <summary>A lease that was not given, and what the client is told about it.</summary>
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

    /// <summary>Refuses a request because the queue is full.</summary>
    public static RejectedLease QueueFull { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "Too many requests are waiting already.", retryAfterSeconds: 1);

    public override bool IsAcquired => false;

    public override IEnumerable<string> MetadataNames => [];

    /// <summary>Refuses a client that sends more than it may.</summary>
    /// <param name="lease">What the client's bucket has said, which knows when there is room again.</param>
    public static RejectedLease RateExceeded(RateLimitLease lease) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "This client sends more requests than it may.",
            lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
                ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
                : 1
        );

    /// <summary>Tells the client.</summary>
    public static ValueTask WriteResponseAsync(OnRejectedContext rejected, CancellationToken cancellationToken) =>
        rejected.Lease is RejectedLease refusal
            ? new ValueTask(
                Problem.WriteAsync(
                    rejected.HttpContext,
                    refusal._statusCode,
                    refusal._detail,
                    refusal._retryAfterSeconds
                )
            )
            : ValueTask.CompletedTask;

    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = null;
        return false;
    }
}
