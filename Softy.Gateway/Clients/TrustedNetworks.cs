using System.Net;

namespace Softy.Gateway.Clients;

/// <summary>A list of configured addresses and networks, for example <c>10.0.0.1</c> and <c>10.0.0.0/8</c>.</summary>
internal sealed class TrustedNetworks(IEnumerable<string> names)
{
    private readonly IPNetwork[] _networks = [.. names.Select(name => Parse(name)!.Value)];

    /// <summary>Whether the text is an address or a network.</summary>
    public static bool IsValid(string name) => Parse(name) is not null;

    /// <summary>Whether the address is in one of the networks.</summary>
    public bool Contains(IPAddress? peer)
    {
        if (_networks.Length == 0 || peer is null)
        {
            return false;
        }

        var address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static IPNetwork? Parse(string name) =>
        IPNetwork.TryParse(name, out var network) ? network
        : IPAddress.TryParse(name, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
