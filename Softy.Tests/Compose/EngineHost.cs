using System.Diagnostics;
using System.Globalization;
using Softy.Tests.Entry;

namespace Softy.Tests.Compose;

/// <summary>
/// The Docker Engine of these tests: one that answers, or else one of their own, which root starts in namespaces of its
/// own and which ends with this process, however that ends. It has the images that a deployment is made of.
/// </summary>
internal static class EngineHost
{
    private static readonly TimeSpan _longestStart = TimeSpan.FromMinutes(2);

    private static readonly Lazy<Task> _start = new(StartNowAsync);

    // What ends when this process does. Its standard input stays open until then.
    private static Process? _keeper;

    private static EngineNetwork? _network;

    /// <summary>What programs need to find the engine; empty where they find it by themselves.</summary>
    public static Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The process in whose network namespace containers publish their ports; null where it is the machine's.
    /// </summary>
    public static int? NetworkOwner { get; private set; }

    /// <summary>Starts the engine, once.</summary>
    public static Task StartAsync() => _start.Value;

    /// <summary>Brings the base image of services that are compiled while they run.</summary>
    public static async Task BringRuntimeImageAsync()
    {
        await StartAsync();
        await Command.RunAsync(Script("stand-ins"), ["--aspnet"], environment: Environment);
    }

    /// <summary>Makes a port that a container publishes reachable on this machine, at the same number.</summary>
    public static void Open(int port) => _network?.Forward(port);

    private static async Task StartNowAsync()
    {
        if (await AnswersAsync())
        {
            _keeper = Keep("found", ComposeApp.Project);
        }
        else
        {
            await StartOwnAsync();
        }

        await Command.RunAsync(Script("stand-ins"), [], environment: Environment);
    }

    private static async Task StartOwnAsync()
    {
        const string Without = "The tests of the deployment need a Docker Engine; none answers";
        if (!OperatingSystem.IsLinux() || !System.Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException($"{Without}, and only root on Linux can start one for them.");
        }

        if (Missing() is { Length: > 0 } missing)
        {
            throw new InvalidOperationException(
                $"{Without}, and to start one these are missing: {string.Join(", ", missing)}. "
                    + "On Debian: apt-get install docker.io docker-compose iproute2 iptables"
            );
        }

        // Not /tmp, which may be in memory: the images take some 3 GB.
        var folder = string.Create(
            CultureInfo.InvariantCulture,
            $"/var/tmp/softy-engine-{System.Environment.ProcessId}"
        );
        Directory.CreateDirectory(folder);
        Environment["DOCKER_HOST"] = $"unix://{folder}/socket";
        _keeper = Keep("own", folder);
        var watch = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (_keeper.HasExited || watch.Elapsed > _longestStart)
            {
                var log = Path.Combine(folder, "log");
                var reason = File.Exists(log) ? File.ReadLines(log).LastOrDefault() : "it has no log";
                throw new InvalidOperationException($"{Without}, and one could not be started: {reason}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }

        var owner = await File.ReadAllTextAsync(Path.Combine(folder, "pid"));
        NetworkOwner = int.Parse(owner, CultureInfo.InvariantCulture);
        _network = new EngineNetwork(NetworkOwner.Value);
    }

    // In a session of its own: Ctrl+C is for this process, and reaches it by way of the pipe.
    private static Process Keep(string kind, string what) =>
        Process.Start(
            new ProcessStartInfo("setsid", [Script("keep-engine"), kind, what])
            {
                RedirectStandardInput = true,
                UseShellExecute = false,
            }
        )!;

    private static string Script(string name) => Path.Combine(Sources.Root, "Softy.Tests", "Compose", name);

    private static string[] Missing()
    {
        var folders = (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return
        [
            .. new[] { "docker", "dockerd", "ip", "iptables", "unshare", "setsid" }.Where(program =>
                !folders.Any(folder => File.Exists(Path.Combine(folder, program)))
            ),
        ];
    }

    // Podman may answer to the same name, but not to this question.
    private static async Task<bool> AnswersAsync()
    {
        try
        {
            var (exitCode, version, _) = await Command.TryRunAsync(
                "docker",
                ["info", "--format", "{{.ServerVersion}}"],
                environment: Environment
            );
            return exitCode == 0 && version.Trim().Length > 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // there is no such program
        }
    }
}
