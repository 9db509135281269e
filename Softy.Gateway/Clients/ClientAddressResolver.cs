using System.Net;
using System.Net.Sockets;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Clients;

/// <summary>Determines the address of the client: the peer's, or the one that a trusted proxy reports.</summary>
internal sealed class ClientAddressResolver(LiveOptions<ForwardedOptions> options)
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedProto = "X-Forwarded-Proto";

    /// <summary>Whether the request comes from a trusted proxy.</summary>
    public bool IsFromTrustedProxy(HttpContext context) =>
        options.Current.IsTrusted(context.Connection.RemoteIpAddress);

    /// <summary>Whether the client uses HTTPS, either to this gateway or to a trusted proxy in front of it.</summary>
    public bool IsHttps(HttpContext context) =>
        context.Request.IsHttps
        || (
            IsFromTrustedProxy(context)
            && Uri.UriSchemeHttps.Equals(context.Request.Headers[ForwardedProto], StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>
    /// The client's IPv4 address or its IPv6 network. One client usually has a whole IPv6 network of at least 2^64
    /// addresses.
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

    /// <summary>
    /// The client's address: the last one in <c>X-Forwarded-For</c> that does not belong to a trusted proxy.
    /// </summary>
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
            // Entries before an invalid one cannot be trusted.
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
