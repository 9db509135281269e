using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Discovery;

/// <summary>
/// Marks a destination whose address was missing in the latest look-ups. It gets no requests, but is not removed yet,
/// because the answer may have been incomplete.
/// </summary>
internal static class VanishedDestination
{
    private const string Key = "Vanished";

    public static bool IsMarked(DestinationState destination) =>
        destination.Model.Config.Metadata?.ContainsKey(Key) == true;

    /// <summary>Adds the mark to the metadata of a <see cref="DestinationConfig"/>.</summary>
    public static void Mark(Dictionary<string, string> metadata) => metadata[Key] = "true";
}
