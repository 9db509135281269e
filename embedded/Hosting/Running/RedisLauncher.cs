using System.Globalization;
using System.Text;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Running;

/// <summary>Runs Redis, or Valkey, from the binaries of the machine.</summary>
internal sealed class RedisLauncher(HostFolders folders)
{
    private static readonly string[] _names = ["redis-server", "valkey-server"];

    /// <summary>Finds the program.</summary>
    /// <param name="resource">For whom.</param>
    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public static string FindProgram(RedisResource resource) =>
        Programs.Find(Programs.SearchPath, _names)
        ?? throw new DistributedApplicationException(
            $"The resource '{resource.Name}' needs the program 'redis-server' or 'valkey-server', and neither is on the PATH "
            + $"({string.Join(Path.PathSeparator, Programs.SearchPath)}). On Debian and Ubuntu, install it with: "
            + "apt-get install --no-install-recommends redis-server");

    /// <summary>Says how to start the server.</summary>
    public async Task<LaunchPlan> PlanAsync(RedisResource resource, CancellationToken cancellationToken)
    {
        var volume = resource.Annotations.OfType<ContainerMountAnnotation>().LastOrDefault()?.Source;
        var data = volume is null
            ? folders.Temporary(resource.Name)
            : HostFolders.CreatePrivate(HostFolders.Volume(folders.Root, volume));
        var program = FindProgram(resource);
        var password = await resource.PasswordParameter!.GetValueAsync(cancellationToken) ?? string.Empty;

        var settings = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"port {resource.PrimaryEndpoint.Port}")
            .AppendLine("bind 127.0.0.1 -::1")
            .AppendLine(CultureInfo.InvariantCulture, $"requirepass {Quote(password)}")
            .AppendLine(CultureInfo.InvariantCulture, $"dir {Quote(data)}")
            .AppendLine("daemonize no");
        if (resource.Annotations.OfType<PersistenceAnnotation>().LastOrDefault() is { } persistence)
        {
            // The log of changes besides the snapshots: a kill between two of these must cost nothing.
            settings
                .AppendLine(CultureInfo.InvariantCulture, $"save {(long)persistence.Interval.TotalSeconds} {persistence.KeysChangedThreshold}")
                .AppendLine("appendonly yes");
        }
        else
        {
            settings.AppendLine("save \"\"").AppendLine("appendonly no");
        }

        return new LaunchPlan
        {
            Process = new ProcessStart
            {
                FileName = program,

                // The settings come by way of the standard input: arguments, which hold the password, are for all to see.
                Arguments = ["-"],
                Input = settings.ToString(),
                WorkingDirectory = data,
                Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? string.Empty,
                },
            },
            ResourceType = "Container",
            VolumePath = volume is null ? null : data,
            Held = volume is null ? null : HostFolders.LockVolume(data, resource),
        };
    }

    private static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
