using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace Aspire.Hosting.Docker.Resources.ComposeNodes;

/// <summary>A member of a compose file that is known by a name. Stands for Aspire's class of that name.</summary>
public abstract class NamedComposeMember
{
    /// <summary>The name, which is the key in the file.</summary>
    public required string Name { get; set; }
}

/// <summary>A network. Stands for Aspire's class of that name.</summary>
public sealed class Network : NamedComposeMember
{
    /// <summary><c>bridge</c> on one machine, <c>overlay</c> across machines.</summary>
    public string? Driver { get; set; }
}

/// <summary>How a service depends on another. Stands for Aspire's class of that name.</summary>
public sealed class ServiceDependency
{
    /// <summary>What the other must have come to, such as <c>service_healthy</c>.</summary>
    public string? Condition { get; set; }
}

/// <summary>A service. Stands for Aspire's class of that name.</summary>
public sealed class Service : NamedComposeMember
{
    /// <summary>The image.</summary>
    public string? Image { get; set; }

    /// <summary>How the image is built.</summary>
    public Build? Build { get; set; }

    /// <summary>The arguments that replace those of the image.</summary>
    public List<string> Command { get; set; } = [];

    /// <summary>The program that replaces that of the image.</summary>
    public List<string> Entrypoint { get; set; } = [];

    /// <summary>The environment variables.</summary>
    public Dictionary<string, string> Environment { get; set; } = [];

    /// <summary>The ports that are published on the machine.</summary>
    public List<string> Ports { get; set; } = [];

    /// <summary>The ports that other services use.</summary>
    public List<string> Expose { get; set; } = [];

    /// <summary>What is mounted.</summary>
    public List<Volume> Volumes { get; set; } = [];

    /// <summary>The services that come first.</summary>
    public Dictionary<string, ServiceDependency> DependsOn { get; set; } = [];

    /// <summary>The user that the program runs as.</summary>
    public string? User { get; set; }

    /// <summary>The networks that the service is in.</summary>
    public List<string> Networks { get; set; } = [];

    /// <summary>What happens when the program ends, such as <c>unless-stopped</c>.</summary>
    public string? Restart { get; set; }

    /// <summary>How many run, and how they are updated.</summary>
    public Deploy? Deploy { get; set; }

    /// <summary>How the engine finds out whether a container is healthy.</summary>
    public Healthcheck? Healthcheck { get; set; }

    /// <summary>Where the log goes.</summary>
    public Logging? Logging { get; set; }

    /// <summary>The host name of a container.</summary>
    public string? Hostname { get; set; }

    /// <summary>The Linux capabilities that are taken away.</summary>
    public List<string> CapDrop { get; set; } = [];

    /// <summary>The profiles that the service belongs to; it always runs where there is none.</summary>
    public List<string> Profiles { get; set; } = [];

    /// <summary>Whether the root file system cannot be written to.</summary>
    public bool? ReadOnly { get; set; }

    /// <summary>Security options, such as <c>no-new-privileges:true</c>.</summary>
    public List<string> SecurityOpt { get; set; } = [];

    /// <summary>How long the program may take to end before it is killed.</summary>
    public string? StopGracePeriod { get; set; }

    /// <summary>The signal that asks the program to end.</summary>
    public string? StopSignal { get; set; }

    /// <summary>Folders in memory.</summary>
    public List<string> Tmpfs { get; set; } = [];

    /// <summary>Mounts something.</summary>
    /// <param name="volume">What is mounted.</param>
    /// <returns>The same service.</returns>
    public Service AddVolume(Volume volume)
    {
        Volumes.Add(volume);
        return this;
    }
}
