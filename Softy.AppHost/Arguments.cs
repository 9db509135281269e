using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Hosting;
using Softy.AppHost.Compose;
using Softy.AppHost.Dashboard;
using Softy.AppHost.Running;

namespace Softy.AppHost;

/// <summary>Finds mistakes in arguments. .NET's configuration ignores those that it does not understand.</summary>
internal static class Arguments
{
    /// <summary>The keys of all options.</summary>
    public static readonly string[] Options =
    [
        "Replicas",
        "MaxReplicas",
        "Gateway:Port",
        "Gateway:HttpsPort",
        "Gateway:Policy",
        "Volumes",
        "Stores",
        ServicePrograms.Key,
        "Deployment:Target",
        "Deployment:RotateSecrets",
        DeploymentVariables.RegistryKey,
        DashboardSwitch.EnabledKey,
    ];

    private static readonly string[] _sections = [.. Options.Where(key => key.Contains(':')).Select(SectionOf)];

    private static readonly string[] _hostOptions =
    [
        HostDefaults.ApplicationKey,
        HostDefaults.ContentRootKey,
        HostDefaults.EnvironmentKey,
    ];

    /// <summary>Finds the first argument that would have no effect.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="configuration">The configuration that Aspire has made of the arguments and other sources.</param>
    /// <returns>What is wrong with it, without its value, which may be a secret; null if nothing is wrong.</returns>
    public static string? FindError(IReadOnlyList<string> args, IConfigurationRoot configuration)
    {
        // Aspire adds the arguments a second time, and stores those that it knows by names of its own.
        var parsed = configuration.Providers.OfType<CommandLineConfigurationProvider>().Last();
        for (var i = 0; i < args.Count; i++)
        {
            var parts = args[i].Split('=', 2);
            var hasPrefix = parts[0].StartsWith("--", StringComparison.Ordinal);
            if (parts.Length == 1 && !hasPrefix)
            {
                return $"The argument {i + 1} is neither --Name=value nor --Name value.";
            }

            var key = hasPrefix ? parts[0][2..] : parts[0].TrimStart('/');
            if (!IsOption(key, parsed))
            {
                return $"--{key} is not an option. Options are --{string.Join(", --", Options)}.";
            }

            if (parts.Length == 1 && ++i == args.Count)
            {
                return $"--{key} has no value; write --{key}=value.";
            }
        }

        return null;
    }

    private static bool IsOption(string key, CommandLineConfigurationProvider parsed)
    {
        if (Options.Concat(_hostOptions).Contains(key, StringComparer.OrdinalIgnoreCase))
        {
            return true;
        }

        // Aspire, .NET and libraries have names like Logging:LogLevel:Default and ASPIRE_ALLOW_UNSECURED_TRANSPORT.
        return key.Contains(':')
            ? !_sections.Contains(SectionOf(key), StringComparer.OrdinalIgnoreCase)
            : key.Contains('_') || !parsed.TryGet(key, out _);
    }

    private static string SectionOf(string key) => key.Split(':')[0];
}
