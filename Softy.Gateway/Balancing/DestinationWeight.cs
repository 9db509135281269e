using System.Globalization;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Balancing;

/// <summary>Stores a destination's weight in the metadata of its configuration.</summary>
internal static class DestinationWeight
{
    private const string Key = "Weight";
    private const int Default = 1;

    /// <summary>Whether the destination must not get any requests.</summary>
    public static bool IsZero(DestinationState destination) => Get(destination) == 0;

    public static int Get(DestinationState destination) =>
        destination.Model.Config.Metadata is { } metadata && metadata.TryGetValue(Key, out var weight)
            ? int.Parse(weight, CultureInfo.InvariantCulture)
            : Default;

    /// <summary>Writes a weight into the metadata of a <see cref="DestinationConfig"/>.</summary>
    public static void Set(Dictionary<string, string> metadata, int weight) =>
        metadata[Key] = weight.ToString(CultureInfo.InvariantCulture);
}
