using Softy.Gateway.Configuration;
using Softy.Gateway.Problems;
using Softy.Gateway.WebSockets;

namespace Softy.Gateway.Limits;

/// <summary>
/// Rejects requests that are too large, and WebSockets if too many are open, before they wait in the queue.
/// </summary>
internal sealed class LimitsMiddleware(RequestDelegate next, LiveOptions<LimitOptions> options, OpenStreams streams)
{
    public Task InvokeAsync(HttpContext context)
    {
        var limits = options.Current;

        if (limits.MaxRequestBodySize != 0 && context.Request.ContentLength > limits.MaxRequestBodySize)
        {
            // The server closes the connection because the body was not read. The header keeps the client from sending
            // its next request on it.
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

        // Only the replica can accept the WebSocket, but without room for one it need not be asked.
        if (!streams.HasRoomForWebSocket && WebSocketHandshake.IsHandshake(context))
        {
            return RejectStreamAsync(context);
        }

        return next(context);
    }

    /// <summary>Rejects a request for an event stream or a WebSocket because too many are open.</summary>
    public static Task RejectStreamAsync(HttpContext context) =>
        Problem.WriteAsync(
            context,
            StatusCodes.Status503ServiceUnavailable,
            "Too many event streams or WebSockets are open.",
            retryAfterSeconds: 5
        );
}
