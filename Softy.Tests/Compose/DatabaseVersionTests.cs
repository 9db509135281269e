using Softy.Tests.Publishing;

namespace Softy.Tests.Compose;

/// <summary>Data of another major version of PostgreSQL is refused with words that help, and stays as it is.</summary>
[Trait("Category", "Deployment")]
[Collection(EngineCollection.Name)]
public sealed class DatabaseVersionTests(Published published) : IAsyncLifetime, IClassFixture<Published>
{
    private const string Image = "docker.io/library/postgres:18.3";

    public async ValueTask InitializeAsync() => await EngineHost.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/var/lib/postgresql")] // where the volume of version 17 has it
    [InlineData("/var/lib/postgresql/data")]
    [InlineData("/var/lib/postgresql/9/docker")] // where versions from 18 on have it
    public async Task Data_of_another_version_is_refused(string folder)
    {
        var project = $"{ComposeApp.Project}-version";
        var volume = $"{project}_softy-postgres";
        var deployment = published.Compose;
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["COMPOSE_PROJECT_NAME"] = project };
        await Engine.DockerAsync(
            "run",
            "--rm",
            "--user",
            "postgres",
            "--volume",
            $"{volume}:/var/lib/postgresql",
            "--entrypoint",
            "/bin/sh",
            Image,
            "-c",
            $"mkdir -p {folder} && echo 9 >{folder}/PG_VERSION"
        );
        try
        {
            await Engine.ComposeAsync(deployment.Folder, environment, "up", "--detach", "--no-deps", "postgres");

            var logs = "";
            await Eventually.Async(
                async () =>
                {
                    logs = await Engine.ComposeAsync(deployment.Folder, environment, "logs", "--no-color", "postgres");
                    return logs.Contains("docs/deployment.md", StringComparison.Ordinal);
                },
                "the container says why it does not start"
            );
            logs.ShouldMatch(
                @"the volume softy-postgres holds data of PostgreSQL 9, which PostgreSQL \d+ cannot read\."
            );
            logs.ShouldContain("set POSTGRES_TAG in .env");
            logs.ShouldNotContain("initdb");
        }
        finally
        {
            await Engine.ComposeAsync(deployment.Folder, environment, "down", "--timeout", "5");
            await Engine.TryDockerAsync("volume", "rm", volume);
        }
    }

    [Fact]
    public async Task The_version_can_be_pinned()
    {
        using var deployment = await Deployment.CreateAsync();
        await File.AppendAllTextAsync(
            deployment.VariablesPath,
            "POSTGRES_TAG=17.6\nPOSTGRES_VOLUME_PATH=/var/lib/postgresql/data\n",
            Cancellation
        );
        await deployment.PublishAsync();

        var resolved = await Engine.ComposeAsync(deployment.Folder, new Dictionary<string, string>(), "config");

        resolved.ShouldContain("image: docker.io/library/postgres:17.6");
        resolved.ShouldContain("/var/lib/postgresql/data");
    }
}
