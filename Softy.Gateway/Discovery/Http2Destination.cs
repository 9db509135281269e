using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Discovery;

/// <summary>
/// The second address of a destination, at which it accepts HTTP/2 without TLS. The destination's own address is for
/// HTTP/1.1, which probes, WebSockets and requests with a body use.
/// </summary>
internal static class Http2Destination
{
    private const string Key = "Http2";

    /// <summary>Gets the address, or <see langword="null"/> if the destination accepts only HTTP/1.1.</summary>
    public static string? GetAddress(DestinationState destination) =>
        destination.Model.Config.Metadata is { } metadata ? metadata.GetValueOrDefault(Key) : null;

    /// <summary>Adds the address to the metadata of a <see cref="DestinationConfig"/>.</summary>
    public static void Set(Dictionary<string, string> metadata, Uri address) => metadata[Key] = address.AbsoluteUri;
}
