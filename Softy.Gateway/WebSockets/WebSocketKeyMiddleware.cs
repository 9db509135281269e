using Microsoft.Net.Http.Headers;
using Softy.Gateway.Problems;

namespace Softy.Gateway.WebSockets;

/// <summary>
/// Removes the key from WebSocket handshakes over HTTP/2, which need none. YARP adds its own key to the handshake with
/// the replica over HTTP/1.1, which would then have two. An invalid key is rejected, because it shows that the client
/// or a proxy is broken.
/// </summary>
internal sealed class WebSocketKeyMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.SecWebSocketKey.Count == 0 || !WebSocketHandshake.IsExtendedConnect(context))
        {
            return next(context);
        }

        if (!WebSocketHandshake.HasValidKey(context))
        {
            return Problem.WriteAsync(
                context,
                StatusCodes.Status400BadRequest,
                "Sec-WebSocket-Key must be 16 bytes in Base64."
            );
        }

        headers.Remove(HeaderNames.SecWebSocketKey);
        return next(context);
    }
}
