using System.Globalization;
using Softy.Tests.AppHost;
using Softy.Tests.Application;

namespace Softy.Tests.Compose;

/// <summary>The AppHost on a machine with a container runtime: PostgreSQL and Redis run as Aspire runs them.</summary>
[Trait("Category", "Deployment")]
[Collection(EngineCollection.Name)]
public sealed class StoresInContainersTests : IAsyncLifetime
{
    private readonly DeployedGateway _gateway = new();
    private readonly string _volumes = $"{ComposeApp.Project}-stores";

    public async ValueTask InitializeAsync()
    {
        await EngineHost.StartAsync();
        EngineHost.Open(_gateway.Port);
    }

    public async ValueTask DisposeAsync() =>
        await Engine.TryDockerAsync("volume", "rm", "--force", $"{_volumes}-postgres", $"{_volumes}-redis");

    [Fact]
    public async Task The_application_runs_and_keeps_its_data_across_a_restart()
    {
        var written = new Written();
        await using (var host = Start())
        {
            await host.WaitUntilReadyAsync(Cancellation);
            using var client = _gateway.CreateClient();
            (await client.GetStringAsync("/", Cancellation)).ShouldContain("id=\"dynamic-content\"");
            await written.WriteAsync(client);
            // A runtime may kill Redis before it has saved. The visits in PostgreSQL, which are written each second,
            // survive.
            await Eventually.Async(
                async () => await SnapshotAsync() == written.Visits.ToString(CultureInfo.InvariantCulture),
                "PostgreSQL has the visits"
            );
            (await ImagesAsync()).Order().ShouldBe(["postgres:18.3", "redis:8.6"]);

            host.Signal("TERM");
            (await host.WaitForExitAsync(Cancellation)).ShouldBe(0, host.Output);
        }

        await Eventually.Async(
            async () => (await ImagesAsync()).Length == 0,
            "the containers are gone with the AppHost"
        );
        await using (var host = Start())
        {
            await host.WaitUntilReadyAsync(Cancellation);
            using var client = _gateway.CreateClient();
            await written.ShouldBeThereAsync(client);
        }
    }

    // In the network of the engine, where its containers' ports are, and with passwords of its own, not user secrets.
    private AppHostProcess Start() =>
        AppHostProcess.Start(
            [
                "--Stores=container",
                $"--Volumes={_volumes}",
                "--Replicas=2",
                string.Create(CultureInfo.InvariantCulture, $"--Gateway:Port={_gateway.Port}"),
            ],
            [("DcpPublisher__RandomizePorts", "false")],
            wrapper:
            [
                "env",
                "Parameters__postgres-password=aPassword1",
                "Parameters__redis-password=aPassword2",
                .. EngineHost.Environment.Select(variable => $"{variable.Key}={variable.Value}"),
                .. EngineHost.NetworkOwner is { } owner
                    ? new[]
                    {
                        "nsenter",
                        string.Create(CultureInfo.InvariantCulture, $"--net=/proc/{owner}/ns/net"),
                        "--",
                    }
                    : [],
            ]
        );

    private async Task<string> SnapshotAsync()
    {
        var postgres = await Engine.DockerAsync("ps", "--quiet", "--filter", $"volume={_volumes}-postgres");
        return (
            await Engine.DockerAsync(
                "exec",
                postgres.Trim(),
                "sh",
                "-c",
                "PGPASSWORD=$POSTGRES_PASSWORD psql -h 127.0.0.1 -U postgres -d softydb "
                    + "-Atc 'SELECT sum(count) FROM visits'"
            )
        ).Trim();
    }

    private async Task<string[]> ImagesAsync()
    {
        var images = await Engine.DockerAsync(
            "ps",
            "--filter",
            $"volume={_volumes}-postgres",
            "--filter",
            $"volume={_volumes}-redis",
            "--format",
            "{{.Image}}"
        );
        return [.. images.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(image => image.Split('/')[^1])];
    }
}
