using Microsoft.Net.Http.Headers;
using Softy.Gateway.Problems;

namespace Softy.Gateway.WebSockets;

/// <summary>
/// Takes the key out of a WebSocket's handshake in HTTP/2, which needs none. The handshake that goes on to the replica,
/// in HTTP/1.1, gets a key of its own from YARP, and with the client's beside it there would be two; and a key that is
/// none says that the client, or somebody before the gateway, is broken.
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
