using System.Globalization;
using System.Text.Json;

namespace Softy.Tests.Compose;

/// <summary>What the tests ask of the Docker Engine.</summary>
internal static class Engine
{
    /// <summary>An image with a shell that every deployment has.</summary>
    private const string ImageWithShell = "docker.io/library/postgres:18.3";

    private static readonly Lazy<Task<bool>> _hasComposePlugin = new(async () =>
        (await TryDockerAsync("compose", "version")).ExitCode == 0
    );

    public static Task<string> DockerAsync(params string[] arguments) =>
        Command.RunAsync("docker", arguments, environment: EngineHost.Environment);

    public static Task<(int ExitCode, string Output, string Error)> TryDockerAsync(params string[] arguments) =>
        Command.TryRunAsync("docker", arguments, environment: EngineHost.Environment);

    /// <summary>Runs <c>docker compose</c>, or the program of its own that it was before.</summary>
    public static async Task<string> ComposeAsync(
        string folder,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        var (exitCode, output, error) = await TryComposeAsync(folder, environment, arguments);
        exitCode.ShouldBe(0, $"docker compose {string.Join(' ', arguments)}\n{output}{error}");
        return output;
    }

    /// <summary>The same, where it may fail.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> TryComposeAsync(
        string folder,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        Dictionary<string, string> all = new(EngineHost.Environment.Concat(environment), StringComparer.Ordinal);
        return await _hasComposePlugin.Value
            ? await Command.TryRunAsync("docker", ["compose", .. arguments], folder, all)
            : await Command.TryRunAsync("docker-compose", arguments, folder, all);
    }

    /// <summary>Looks at the containers that have a label.</summary>
    public static async Task<Container[]> FindAsync(string label)
    {
        var ids = (await DockerAsync("ps", "--all", "--quiet", "--no-trunc", "--filter", $"label={label}")).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
        if (ids.Length == 0)
        {
            return [];
        }

        // A container may be gone by now; the answer has the others.
        var (exitCode, output, error) = await TryDockerAsync(["inspect", .. ids]);
        (exitCode == 0 || error.Contains("No such", StringComparison.Ordinal)).ShouldBeTrue(error);
        using var document = JsonDocument.Parse(output);
        return [.. document.RootElement.EnumerateArray().Select(container => new Container(container.Clone()))];
    }

    /// <summary>
    /// Runs a line of shell in the process namespace of the engine's host, with the rights of the engine.
    /// </summary>
    public static Task<string> ShellAsync(string line) =>
        DockerAsync(
            "run",
            "--rm",
            "--pid",
            "host",
            "--network",
            "none",
            "--user",
            "0",
            "--entrypoint",
            "/bin/sh",
            ImageWithShell,
            "-c",
            line
        );

    /// <summary>
    /// Kills the first process of a container, like a crash: after <c>docker kill</c>, the engine would not restart it.
    /// </summary>
    public static Task CrashAsync(Container container) =>
        ShellAsync(string.Create(CultureInfo.InvariantCulture, $"kill -KILL {container.ProcessId}"));
}
