using System.Globalization;

namespace Softy.Tests.Compose;

/// <summary>Services export what they do only where <c>.env</c> says to.</summary>
[Trait("Category", "Deployment")]
public sealed class TelemetryTests(ComposeApp compose) : ComposeTest(compose)
{
    private const string Dashboard = "softy-dashboard";

    [Fact]
    public async Task Nothing_is_exported_unless_the_variables_say_where()
    {
        foreach (var container in await Compose.ContainersAsync())
        {
            container.Environment.ShouldNotContain(
                line => line.StartsWith("OTEL_EXPORTER_OTLP_ENDPOINT=", StringComparison.Ordinal), container.Service);
        }

        (await Compose.ContainersAsync(Dashboard)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_lines_for_the_dashboard_start_it_and_tell_services_where_it_is()
    {
        var text = await File.ReadAllTextAsync(Compose.VariablesPath, Cancellation);
        var port = new DeployedGateway().Port.ToString(CultureInfo.InvariantCulture);
        try
        {
            await File.WriteAllTextAsync(
                Compose.VariablesPath,
                text.Replace("#COMPOSE_PROFILES=", "COMPOSE_PROFILES=", StringComparison.Ordinal)
                    .Replace("#OTEL_EXPORTER_OTLP_ENDPOINT=", "OTEL_EXPORTER_OTLP_ENDPOINT=", StringComparison.Ordinal)
                    .Replace("#OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER", StringComparison.Ordinal)
                    .Replace("DASHBOARD_PORT=18888", $"DASHBOARD_PORT={port}", StringComparison.Ordinal),
                Cancellation);
            await Compose.ComposeAsync("up", "--detach");

            foreach (var service in new[] { "web", "api", "gateway" })
            {
                var environment = (await Compose.ContainersAsync(service))[0].Environment;
                environment.ShouldContain("OTEL_EXPORTER_OTLP_ENDPOINT=http://softy-dashboard:18889");
                environment.ShouldContain("OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
                environment.ShouldContain("OTEL_TRACES_SAMPLER=parentbased_traceidratio");
                environment.ShouldContain("OTEL_TRACES_SAMPLER_ARG=0.01");
            }

            (await Compose.ContainersAsync(Dashboard)).ShouldHaveSingleItem().IsRunning.ShouldBeTrue();
        }
        finally
        {
            await Compose.ComposeAsync("rm", "--stop", "--force", Dashboard);
            await File.WriteAllTextAsync(Compose.VariablesPath, text, CancellationToken.None);
            await Compose.ComposeAsync("up", "--detach");
            await Compose.WaitUntilHealthyAsync(replicas: 3);
        }
    }
}
