using System.Runtime.CompilerServices;
using Softy.Tests.Reliability;

namespace Softy.Tests;

/// <summary>
/// Tests start some two hundred processes that live for seconds. Without dynamic profiles, which .NET uses to optimize
/// code that runs for longer, these need a sixth less CPU time. The long runs measure, and keep .NET's defaults.
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
