using System.Runtime.CompilerServices;
using Softy.Tests.Reliability;

namespace Softy.Tests;

/// <summary>
/// Tests start some two hundred processes that live for seconds. Without the profiles that .NET takes of running code in
/// order to compile it once more, they need a sixth less CPU time. The long runs measure, so they keep .NET's defaults.
/// </summary>
internal static class ShortLives
{
    [ModuleInitializer]
    internal static void TakeNoProfiles()
    {
        if (!Scale.IsLong && Scale.SoakMinutes == 0)
        {
            Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
        }
    }
}
