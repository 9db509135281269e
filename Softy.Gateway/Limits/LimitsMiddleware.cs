using Softy.Gateway.Configuration;
using Softy.Gateway.Problems;
using Softy.Gateway.WebSockets;

namespace Softy.Gateway.Limits;

/// <summary>
/// Refuses what is too large, and WebSockets where there are too many, before the request waits for anything.
/// </summary>
internal sealed class LimitsMiddleware(RequestDelegate next, LiveOptions<LimitOptions> options, OpenStreams streams)
{
    public Task InvokeAsync(HttpContext context)
    {
        var limits = options.Current;

        if (limits.MaxRequestBodySize != 0 && context.Request.ContentLength > limits.MaxRequestBodySize)
        {
            // The body stays unread, so that the server ends the connection; a client that is not told would send its
            // next request on it.
            if (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol))
            {
                context.Response.Headers.Connection = "close";
            }

            return Problem.WriteAsync(
                context,
                StatusCodes.Status413PayloadTooLarge,
                $"The request's body is larger than {limits.MaxRequestBodySize} bytes."
            );
        }

        // Whether it becomes one is for a replica to say; but where there is no room, none is bothered.
        if (!streams.HasRoomForWebSocket && WebSocketHandshake.IsHandshake(context))
        {
            return RejectStreamAsync(context);
        }

        return next(context);
    }

    /// <summary>Tells the client that there is no room for what would stay open.</summary>
    public static Task RejectStreamAsync(HttpContext context) =>
        Problem.WriteAsync(
            context,
            StatusCodes.Status503ServiceUnavailable,
            "Too many event streams or WebSockets are open.",
            retryAfterSeconds: 5
        );
}
