using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.Discovery;

/// <summary>How host names are resolved to addresses.</summary>
internal sealed class DiscoveryOptions : IGatewayOptions
{
    public static string Section => "Gateway:Discovery";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// The time between the end of one look-up of all host names and the start of the next. IP addresses and
    /// <c>localhost</c> are not looked up.
    /// </summary>
    [Duration("00:00:00.100", "01:00:00", ErrorMessage = "must be from 00:00:00.100 to 01:00:00.")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// For how many look-ups an address is kept that is missing from the answers. It gets no requests meanwhile. If it
    /// comes back, because an answer was incomplete, the replica still has its state and its counters.
    /// </summary>
    [Range(0, 1000, ErrorMessage = "must be from 0 to 1000 look-ups.")]
    public int HoldLookups { get; set; } = 3;

    /// <summary>
    /// Which addresses are used. <c>Unspecified</c> uses the IPv4 addresses of a name if there are any, and otherwise
    /// its IPv6 addresses. Both are never used together, because each replica would then be two destinations.
    /// </summary>
    [AllowedValues(
        AddressFamily.Unspecified,
        AddressFamily.InterNetwork,
        AddressFamily.InterNetworkV6,
        ErrorMessage = "must be one of Unspecified, InterNetwork, InterNetworkV6."
    )]
    public AddressFamily AddressFamily { get; set; } = AddressFamily.Unspecified;
}
