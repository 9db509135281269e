using System.Globalization;

namespace Softy.Tests.Compose;

/// <summary>Services export what they do only where <c>.env</c> says to.</summary>
[Trait("Category", "Deployment")]
public sealed class TelemetryTests(ComposeApp compose) : ComposeTest(compose)
{
    private const string Dashboard = "softy-dashboard";

    // Port 18889 of the dashboard as the kernel writes it, with a connection (01) on it.
    private const string Connections = "grep -E ':49C9 [0-9A-F]+:[0-9A-F]+ 01 '";

    [Fact]
    public async Task Nothing_is_exported_unless_the_variables_say_where()
    {
        foreach (var container in await Compose.ContainersAsync())
        {
            container.Environment.ShouldNotContain(
                line => line.StartsWith("OTEL_EXPORTER_OTLP_ENDPOINT=", StringComparison.Ordinal),
                container.Service
            );
        }

        (await Compose.ContainersAsync(Dashboard)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_lines_for_the_dashboard_start_it_and_services_send_to_it()
    {
        var port = new DeployedGateway().Port.ToString(CultureInfo.InvariantCulture);

        await Compose.WithVariablesAsync(
            variables =>
                variables
                    .Replace("#COMPOSE_PROFILES=", "COMPOSE_PROFILES=", StringComparison.Ordinal)
                    .Replace("#OTEL_EXPORTER_OTLP_ENDPOINT=", "OTEL_EXPORTER_OTLP_ENDPOINT=", StringComparison.Ordinal)
                    .Replace("#OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER", StringComparison.Ordinal)
                    .Replace("DASHBOARD_PORT=18888", $"DASHBOARD_PORT={port}", StringComparison.Ordinal),
            async () =>
            {
                foreach (var service in new[] { "web", "api", "gateway" })
                {
                    var environment = (await Compose.ContainersAsync(service))[0].Environment;
                    environment.ShouldContain("OTEL_EXPORTER_OTLP_ENDPOINT=http://softy-dashboard:18889");
                    environment.ShouldContain("OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
                    environment.ShouldContain("OTEL_TRACES_SAMPLER=parentbased_traceidratio");
                    environment.ShouldContain("OTEL_TRACES_SAMPLER_ARG=0.01");
                }

                var dashboard = (await Compose.ContainersAsync(Dashboard)).ShouldHaveSingleItem();
                dashboard.IsRunning.ShouldBeTrue(await Compose.ComposeAsync("logs", "--no-color", Dashboard));
                var network = string.Create(CultureInfo.InvariantCulture, $"/proc/{dashboard.ProcessId}/net");
                await Eventually.Async(
                    async () =>
                        (await Engine.ShellAsync($"{Connections} {network}/tcp {network}/tcp6 || :")).Length > 0,
                    "a service has connected to the dashboard"
                );
            },
            service: Dashboard
        );
    }
}
