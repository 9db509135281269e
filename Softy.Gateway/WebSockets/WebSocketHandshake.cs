using Microsoft.AspNetCore.Http.Features;

namespace Softy.Gateway.WebSockets;

/// <summary>Recognizes the handshakes of WebSockets: RFC 6455 for HTTP/1.1, RFC 8441 for HTTP/2.</summary>
internal static class WebSocketHandshake
{
    private const string Protocol = "websocket";
    private const int KeyLength = 16;

    /// <summary>Whether the request is a WebSocket handshake of either version.</summary>
    public static bool IsHandshake(HttpContext context) => IsExtendedConnect(context) || IsUpgradeRequest(context);

    /// <summary>Whether the request is a WebSocket handshake over HTTP/2: an extended CONNECT.</summary>
    public static bool IsExtendedConnect(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
        && Protocol.Equals(connect.Protocol, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the request has exactly one key, of 16 bytes in Base64.</summary>
    public static bool HasValidKey(HttpContext context)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        return Convert.TryFromBase64String(context.Request.Headers.SecWebSocketKey.ToString(), key, out var length)
            && length == KeyLength;
    }

    private static bool IsUpgradeRequest(HttpContext context)
    {
        var headers = context.Request.Headers;
        return context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
            && HttpMethods.IsGet(context.Request.Method)
            && Protocol.Equals(headers.Upgrade.ToString(), StringComparison.OrdinalIgnoreCase)
            && headers.SecWebSocketVersion == "13"
            && HasValidKey(context);
    }
}
