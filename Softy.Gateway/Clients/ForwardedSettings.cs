using System.ComponentModel.DataAnnotations;
using System.Net;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Clients;

/// <summary>Whose word about the client is believed.</summary>
internal sealed class ForwardedSettings : ISettings, IValidatableObject
{
    private IPNetwork[]? _networks;

    public static string Section => "Gateway:Forwarded";

    /// <summary>
    /// Addresses or networks of proxies in front of this gateway, for example <c>10.0.0.0/8</c>. What anyone else says
    /// in <c>X-Forwarded-*</c>, <c>X-Real-IP</c> and <c>Forwarded</c> is dropped.
    /// </summary>
    public string[] TrustedProxies { get; set; } = [];

    /// <summary>Whether a peer is one of <see cref="TrustedProxies"/>.</summary>
    public bool IsTrusted(IPAddress? peer)
    {
        if (TrustedProxies.Length == 0 || peer is null)
        {
            return false;
        }

        var address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        foreach (var network in _networks ??= [.. TrustedProxies.Select(text => Parse(text)!.Value)])
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        TrustedProxies.Where(text => Parse(text) is null).Select(text =>
            new ValidationResult($"TrustedProxies has '{text}'; it must hold addresses such as 10.0.0.1 or networks such as 10.0.0.0/8."));

    private static IPNetwork? Parse(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
