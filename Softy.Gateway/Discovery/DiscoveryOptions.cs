using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Discovery;

/// <summary>How host names become addresses.</summary>
internal sealed class DiscoveryOptions : IGatewayOptions
{
    public static string Section => "Gateway:Discovery";

    /// <summary>
    /// How long after one look-up of all host names the next one begins. IP addresses and <c>localhost</c> are not
    /// looked up.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = "must be from 00:00:00.100 to 01:00:00.")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// For how many look-ups an address that an answer lacks is kept before it is forgotten. It gets no requests
    /// meanwhile; if it comes back, because an answer was incomplete, the replica is still known with its counters.
    /// </summary>
    [Range(0, 1000, ErrorMessage = "must be from 0 to 1000 look-ups.")]
    public int HoldLookups { get; set; } = 3;

    /// <summary>
    /// Which addresses are used: <c>Unspecified</c> takes the IPv4 addresses of a name that has some, else those of
    /// IPv6. Never both: each replica would be two destinations.
    /// </summary>
    [AllowedValues(
        AddressFamily.Unspecified,
        AddressFamily.InterNetwork,
        AddressFamily.InterNetworkV6,
        ErrorMessage = "must be one of Unspecified, InterNetwork, InterNetworkV6."
    )]
    public AddressFamily AddressFamily { get; set; } = AddressFamily.Unspecified;
}
