using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Features;
using Softy.Gateway.Problems;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Limits;

/// <summary>Refuses what is too large, too much or too often, before any replica hears of it.</summary>
internal sealed class LimitsMiddleware(
    RequestDelegate next, LiveSettings<LimitSettings> settings, RateLimit rate, ConcurrencyLimit concurrency)
{
    private int _webSockets;

    public Task InvokeAsync(HttpContext context)
    {
        var limits = settings.Current;

        if (limits.MaxRequestBodySize != 0 && context.Request.ContentLength > limits.MaxRequestBodySize)
        {
            // The body stays unread, so that the server ends the connection; a client that is not told would send its
            // next request on it.
            if (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol))
            {
                context.Response.Headers.Connection = "close";
            }

            return Problem.WriteAsync(
                context, StatusCodes.Status413PayloadTooLarge, $"The request's body is larger than {limits.MaxRequestBodySize} bytes.");
        }

        if (rate.IsEnabled && rate.Take(context) is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, "This client sends more requests than it may.");
        }

        if (limits.MaxWebSockets != 0 && IsWebSocket(context))
        {
            // A WebSocket stays for hours, and has a limit of its own instead of a share of the requests' one.
            return InvokeWebSocketAsync(context, limits.MaxWebSockets);
        }

        return concurrency.IsEnabled ? InvokeInTurnAsync(context) : next(context);
    }

    private static bool IsWebSocket(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
        || context.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true;

    private async Task InvokeWebSocketAsync(HttpContext context, int limit)
    {
        try
        {
            if (Interlocked.Increment(ref _webSockets) > limit)
            {
                await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Too many WebSockets are open.", retryAfterSeconds: 5);
                return;
            }

            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _webSockets);
        }
    }

    private async Task InvokeInTurnAsync(HttpContext context)
    {
        RateLimitLease lease;
        try
        {
            lease = await concurrency.WaitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has not waited for its turn.
            return;
        }

        using var turn = lease;
        if (!turn.IsAcquired)
        {
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Too many requests are waiting already.", retryAfterSeconds: 1);
            return;
        }

        await next(context);
    }
}
