using Aspire.Hosting.Processes;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>Finds the Aspire dashboard, which comes with the Aspire CLI.</summary>
internal static class DashboardProgram
{
    private const string PathVariable = "ASPIRE_DASHBOARD_PATH";
    private const string Program = "managed/aspire-managed";

    /// <summary>Looks where the configuration says, else among what was unpacked for this solution and this user.</summary>
    /// <param name="configuration">The configuration of the AppHost.</param>
    /// <param name="appHostDirectory">The folder of the AppHost.</param>
    /// <param name="absence">Why there is none.</param>
    public static string? Find(IConfiguration configuration, string appHostDirectory, out string absence)
    {
        if (configuration[PathVariable] is { Length: > 0 } chosen)
        {
            absence = $"{PathVariable} is '{chosen}', and there is no such file.";
            return File.Exists(chosen) ? Path.GetFullPath(chosen) : null;
        }

        var unpacked = Path.Combine(HostFolders.RootOf(appHostDirectory), "dashboard");
        var home = Environment.GetEnvironmentVariable("ASPIRE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aspire");
        absence = $"It is neither in '{unpacked}', where './softy setup' puts it, nor with an Aspire CLI in '{home}'.";
        string[] versions = Directory.Exists(unpacked) ? Directory.GetDirectories(unpacked) : [];
        return Programs.Find([.. versions.OrderDescending(StringComparer.Ordinal), Path.Combine(home, "bundle")], Program);
    }
}
