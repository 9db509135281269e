using Microsoft.Extensions.Configuration;

namespace Softy.AppHost.Dashboard;

/// <summary>The configuration value <c>Dashboard:Enabled</c>, which is wanted before there is a builder to ask.</summary>
internal static class DashboardSwitch
{
    public static bool IsOn(string[] args) => new ConfigurationBuilder()
        .AddEnvironmentVariables()
        .AddCommandLine(args)
        .Build()
        .GetValue("Dashboard:Enabled", defaultValue: true);
}
