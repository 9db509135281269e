using System.Globalization;
using System.Text.Json;

namespace Softy.Tests.Compose;

/// <summary>The Docker Engine that the environment names (DOCKER_HOST, or its default).</summary>
internal static class Engine
{
    /// <summary>An image with a shell that every deployment has.</summary>
    private const string ImageWithShell = "docker.io/library/postgres:18.3";

    private static readonly Lazy<Task<bool>> _hasComposePlugin = new(
        async () => (await Command.TryRunAsync("docker", ["compose", "version"])).ExitCode == 0);

    public static Task<string> DockerAsync(params string[] arguments) => Command.RunAsync("docker", arguments);

    /// <summary>Runs <c>docker compose</c>, or the program of its own that it was before.</summary>
    public static async Task<string> ComposeAsync(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        await _hasComposePlugin.Value
            ? await Command.RunAsync("docker", ["compose", .. arguments], folder, environment)
            : await Command.RunAsync("docker-compose", arguments, folder, environment);

    /// <summary>Looks at the containers that have a label.</summary>
    public static async Task<Container[]> FindAsync(string label)
    {
        var ids = (await DockerAsync("ps", "--all", "--quiet", "--no-trunc", "--filter", $"label={label}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (ids.Length == 0)
        {
            return [];
        }

        // A container may be gone by now; the answer has the others.
        var (exitCode, output, error) = await Command.TryRunAsync("docker", ["inspect", .. ids]);
        (exitCode == 0 || error.Contains("No such", StringComparison.Ordinal)).ShouldBeTrue(error);
        using var document = JsonDocument.Parse(output);
        return [.. document.RootElement.EnumerateArray().Select(container => new Container(container.Clone()))];
    }

    /// <summary>Runs a line of shell beside the processes of all containers, wherever the engine is, and with its rights.</summary>
    public static Task<string> ShellAsync(string line) => DockerAsync(
        "run", "--rm", "--pid", "host", "--network", "none", "--user", "0", "--entrypoint", "/bin/sh", ImageWithShell, "-c", line);

    /// <summary>Makes the first process of a container end in an instant, as a crash does: <c>docker kill</c> would tell the engine not to start it again.</summary>
    public static Task CrashAsync(Container container) =>
        ShellAsync(string.Create(CultureInfo.InvariantCulture, $"kill -KILL {container.ProcessId}"));
}
