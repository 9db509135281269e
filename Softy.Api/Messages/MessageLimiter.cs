using System.Threading.RateLimiting;
using Softy.Api.Problems;

namespace Softy.Api.Messages;

/// <summary>
/// Limits the requests for messages that run at the same time, so that they take at most an eighth of the memory. A
/// process that exceeds the memory of its container is killed.
/// </summary>
/// <remarks>
/// ASP.NET Core's own middleware would run a timer ten times a second, which took most of the CPU time of an idle
/// replica.
/// </remarks>
internal sealed class MessageLimiter : IMiddleware, IDisposable
{
    /// <summary>The memory of a request for a page: its strings, its JSON, and the buffer of the response.</summary>
    private const int BytesPerRequest = 384 * 1024;

    private readonly ConcurrencyLimiter _limiter;

    public MessageLimiter()
    {
        var permits = GetPermitLimit(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        _limiter = new ConcurrencyLimiter(
            new ConcurrencyLimiterOptions { PermitLimit = permits, QueueLimit = 4 * permits }
        );
    }

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Limited>() is null ? next(context) : WaitAsync(context, next);

    public void Dispose() => _limiter.Dispose();

    private static int GetPermitLimit(long memory) => (int)Math.Clamp(memory / 8 / BytesPerRequest, 8, 1024);

    private async Task WaitAsync(HttpContext context, RequestDelegate next)
    {
        using var lease = await _limiter.AcquireAsync(permitCount: 1, context.RequestAborted);
        if (!lease.IsAcquired)
        {
            throw new ProblemException(
                ProblemType.Overloaded,
                "This replica handles as many requests as its memory allows. Try again shortly."
            );
        }

        await next(context);
    }

    /// <summary>Marks the endpoints that are limited.</summary>
    internal sealed class Limited;
}
