using System.Net;
using Softy.Gateway.Clients;
using Softy.Gateway.Failover;
using Softy.ServiceDefaults;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Tells the replica who asks, by which scheme and for which host, and lets nobody else tell it. Headers that only the
/// gateway may set are taken out of the client's request.
/// </summary>
internal sealed class ForwardedHeadersTransform(ClientAddress clients) : RequestTransform
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedProto = SentOnce.Marker;
    private const string ForwardedHost = "X-Forwarded-Host";
    private const string RealIp = "X-Real-IP";

    // What some servers believe besides; nothing here sets them.
    private static readonly string[] _spoofable =
    [
        "Forwarded",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Forwarded-Server",
        "X-Original-For",
        "X-Original-Host",
        "X-Original-Proto",
        "X-Original-URL",
        "X-Rewrite-URL",
        SoftyHeaders.Instance,
        SoftyHeaders.Draining,
        ResponseHeaders.Retries,
    ];

    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        var request = context.HttpContext.Request;
        var headers = context.ProxyRequest.Headers;
        var peer = context.HttpContext.Connection.RemoteIpAddress;
        var peerText = Text(peer);
        var (chain, scheme, host, client) = (peerText, request.Scheme, request.Host.Value ?? "", peerText);

        if (clients.IsFromTrustedProxy(context.HttpContext))
        {
            var told = request.Headers;
            chain = told[ForwardedFor] is { Count: > 0 } before ? $"{before}, {peerText}" : peerText;
            scheme = told[ForwardedProto] is { Count: > 0 } toldScheme ? toldScheme.ToString() : scheme;
            host = told[ForwardedHost] is { Count: > 0 } toldHost ? toldHost.ToString() : host;
            client = Text(clients.Of(context.HttpContext));
        }

        foreach (var name in _spoofable)
        {
            // Looked up among the client's few headers first, which is cheaper than a removal of nothing.
            if (request.Headers.ContainsKey(name))
            {
                headers.Remove(name);
            }
        }

        Set(ForwardedFor, chain);
        Set(ForwardedProto, scheme);
        Set(ForwardedHost, host);
        Set(RealIp, client);
        return ValueTask.CompletedTask;

        void Set(string name, string value)
        {
            if (request.Headers.ContainsKey(name))
            {
                headers.Remove(name);
            }

            headers.TryAddWithoutValidation(name, value);
        }
    }

    private static string Text(IPAddress? address) =>
        address is null ? "" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
