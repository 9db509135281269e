using Microsoft.Extensions.Configuration;

namespace Softy.AppHost.Dashboard;

/// <summary>Reads <c>Dashboard:Enabled</c>, which is needed before the application builder exists.</summary>
internal static class DashboardSwitch
{
    /// <summary>
    /// Whether Aspire's dashboard runs. Without it, services collect no telemetry. It is read from arguments and
    /// environment variables only, and has no effect on a deployment.
    /// </summary>
    /// <value>Boolean; <c>true</c>; <c>true</c>, <c>false</c></value>
    public const string EnabledKey = "Dashboard:Enabled";

    /// <summary>Whether the dashboard is enabled. <see cref="AppHostOptions"/> reports an invalid value.</summary>
    /// <param name="args">The arguments of the AppHost.</param>
    /// <returns>Whether the dashboard is enabled.</returns>
    public static bool IsEnabled(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        return !bool.TryParse(configuration[EnabledKey], out var isEnabled) || isEnabled;
    }
}
