using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Discovery;

/// <summary>
/// The mark of a destination whose address the last look-ups have not had. It gets no requests, and is not forgotten yet:
/// an answer may have been incomplete.
/// </summary>
internal static class VanishedDestination
{
    private const string Key = "Vanished";

    public static bool IsMarked(DestinationState destination) =>
        destination.Model.Config.Metadata?.ContainsKey(Key) == true;

    /// <summary>Puts the mark into the metadata of a <see cref="DestinationConfig"/>.</summary>
    public static void Mark(Dictionary<string, string> metadata) => metadata[Key] = "true";
}
