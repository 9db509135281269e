using Microsoft.Extensions.Configuration;

namespace Softy.AppHost.Dashboard;

/// <summary>The configuration value <c>Dashboard:Enabled</c>, which is wanted before there is a builder to ask.</summary>
internal static class DashboardSwitch
{
    /// <summary>
    /// Whether Aspire's dashboard runs. Without it, services collect no telemetry. It is read from arguments and
    /// environment variables only, and has no effect on a deployment.
    /// </summary>
    /// <value>Boolean; <c>true</c>; <c>true</c>, <c>false</c></value>
    private const string EnabledKey = "Dashboard:Enabled";

    public static bool IsOn(string[] args) =>
        new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddCommandLine(args)
            .Build()
            .GetValue(EnabledKey, defaultValue: true);
}
