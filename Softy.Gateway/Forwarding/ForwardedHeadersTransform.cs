using System.Net;
using Softy.Gateway.Clients;
using Softy.Gateway.Failover;
using Softy.ServiceDefaults;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Sends the client's address, scheme and host to the replica, and removes all headers from the client's request that
/// only the gateway may set.
/// </summary>
internal sealed class ForwardedHeadersTransform(ClientAddressResolver clients) : RequestTransform
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedProto = SingleSend.MarkerHeader;
    private const string ForwardedHost = "X-Forwarded-Host";
    private const string RealIp = "X-Real-IP";

    // Other headers that some servers trust. The gateway never sets them.
    private static readonly string[] _removedHeaders =
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
            var forwarded = request.Headers;
            chain = forwarded[ForwardedFor] is { Count: > 0 } before ? $"{before}, {peerText}" : peerText;
            scheme = forwarded[ForwardedProto] is { Count: > 0 } toldScheme ? toldScheme.ToString() : scheme;
            host = forwarded[ForwardedHost] is { Count: > 0 } toldHost ? toldHost.ToString() : host;
            client = Text(clients.Resolve(context.HttpContext));
        }

        foreach (var name in _removedHeaders)
        {
            // Checking the client's few headers is cheaper than calling Remove for a missing header.
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
