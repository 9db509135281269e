using System.Net;
using System.Net.Sockets;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Clients;

/// <summary>Finds out who sends a request: the peer, or whoever a trusted proxy says it speaks for.</summary>
internal sealed class ClientAddressResolver(LiveOptions<ForwardedOptions> options)
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedProto = "X-Forwarded-Proto";

    /// <summary>Whether the request comes through a proxy whose word is believed.</summary>
    public bool IsFromTrustedProxy(HttpContext context) =>
        options.Current.IsTrusted(context.Connection.RemoteIpAddress);

    /// <summary>Whether the client speaks TLS: with this gateway, or with a trusted proxy before it.</summary>
    public bool IsHttps(HttpContext context) =>
        context.Request.IsHttps
        || (
            IsFromTrustedProxy(context)
            && Uri.UriSchemeHttps.Equals(context.Request.Headers[ForwardedProto], StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>
    /// The client's address, or its network where it has many addresses to choose from: of IPv6, everyone has at
    /// least 2^64.
    /// </summary>
    public IPAddress ResolveNetwork(HttpContext context)
    {
        var client = Resolve(context);
        if (client.IsIPv4MappedToIPv6)
        {
            return client.MapToIPv4();
        }

        if (client.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return client;
        }

        Span<byte> bytes = stackalloc byte[16];
        client.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    /// <summary>The client's address: the last one in the chain that is not a trusted proxy's.</summary>
    public IPAddress Resolve(HttpContext context)
    {
        var peer = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var trust = options.Current;
        if (!trust.IsTrusted(peer))
        {
            return peer;
        }

        var chain = context.Request.Headers.GetCommaSeparatedValues(ForwardedFor);
        var client = peer;
        for (var i = chain.Length - 1; i >= 0 && trust.IsTrusted(client); i--)
        {
            // An entry that is no address, perhaps one with a port, ends what can be known.
            if (
                !IPAddress.TryParse(chain[i], out var named)
                && !(IPEndPoint.TryParse(chain[i], out var endPoint) && (named = endPoint.Address) is not null)
            )
            {
                break;
            }

            client = named!;
        }

        return client;
    }
}
