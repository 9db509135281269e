using System.Threading.RateLimiting;

namespace Softy.Gateway.Limits;

/// <summary>Lets a request wait for its turn, or rejects it.</summary>
/// <remarks>
/// ASP.NET Core's own middleware would run a timer ten times a second, even without limits, which took most of the CPU
/// time of an idle gateway.
/// </remarks>
internal sealed class RequestLimitMiddleware(RequestDelegate next, RequestLimiter limiter)
{
    public Task InvokeAsync(HttpContext context) =>
        limiter.AppliesTo(context) ? InvokeLimitedAsync(context) : next(context);

    private async Task InvokeLimitedAsync(HttpContext context)
    {
        if (limiter.CheckRate(context) is { } exceeded)
        {
            await exceeded.WriteResponseAsync(context);
            return;
        }

        using var permit = await TryAcquirePermitAsync(context);
        switch (permit)
        {
            case null:
                // The client has gone while its request waited.
                return;
            case { IsAcquired: true }:
                context.Features.Set(new ConcurrencyPermit(permit));
                await next(context);
                return;
            default:
                await Rejection.QueueFull.WriteResponseAsync(context);
                return;
        }
    }

    private async Task<RateLimitLease?> TryAcquirePermitAsync(HttpContext context)
    {
        try
        {
            return await limiter.AcquirePermitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
    }
}
