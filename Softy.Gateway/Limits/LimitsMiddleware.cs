using Microsoft.AspNetCore.Http.Features;
using Softy.Gateway.Problems;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Limits;

/// <summary>
/// Refuses what is too large, and WebSockets where there are too many, before the request waits for anything.
/// </summary>
internal sealed class LimitsMiddleware(RequestDelegate next, LiveSettings<LimitSettings> settings, OpenStreams streams)
{
    private const int WebSocketKeyLength = 16;

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
                context,
                StatusCodes.Status413PayloadTooLarge,
                $"The request's body is larger than {limits.MaxRequestBodySize} bytes.");
        }

        // Whether it becomes one is for a replica to say; but where there is no room, none is bothered.
        if (!streams.HasRoomForWebSocket && AsksForWebSocket(context))
        {
            return RefuseStreamAsync(context);
        }

        return next(context);
    }

    /// <summary>Tells the client that there is no room for what would stay open.</summary>
    public static Task RefuseStreamAsync(HttpContext context) => Problem.WriteAsync(
        context,
        StatusCodes.Status503ServiceUnavailable,
        "Too many event streams or WebSockets are open.",
        retryAfterSeconds: 5);

    /// <summary>
    /// Whether the request is a WebSocket's handshake, by RFC 6455 in HTTP/1.1, or RFC 8441 in HTTP/2.
    /// </summary>
    private static bool AsksForWebSocket(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            return "websocket".Equals(connect.Protocol, StringComparison.OrdinalIgnoreCase);
        }

        var headers = context.Request.Headers;
        Span<byte> key = stackalloc byte[WebSocketKeyLength];
        return context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
            && HttpMethods.IsGet(context.Request.Method)
            && "websocket".Equals(headers.Upgrade.ToString(), StringComparison.OrdinalIgnoreCase)
            && headers.SecWebSocketVersion == "13"
            && Convert.TryFromBase64String(headers.SecWebSocketKey.ToString(), key, out var length)
            && length == WebSocketKeyLength;
    }
}
