using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace Aspire.Hosting.Docker.Resources.ServiceNodes;

/// <summary>How an image is built. Stands for Aspire's class of that name.</summary>
public sealed class Build
{
    /// <summary>The folder that the build sees.</summary>
    public string? Context { get; set; }

    /// <summary>The file that says how, from that folder.</summary>
    public string? Dockerfile { get; set; }

    /// <summary>Its arguments.</summary>
    public Dictionary<string, string> Args { get; set; } = [];
}

/// <summary>How the engine finds out whether a container is healthy. Stands for Aspire's class of that name.</summary>
public sealed class Healthcheck
{
    /// <summary>The command, after <c>CMD</c> or <c>CMD-SHELL</c>.</summary>
    public List<string> Test { get; set; } = [];

    /// <summary>The time between two checks.</summary>
    public required string Interval { get; set; }

    /// <summary>How long a check may take.</summary>
    public required string Timeout { get; set; }

    /// <summary>How many failures in a row make the container unhealthy.</summary>
    public int? Retries { get; set; }

    /// <summary>How long after the start failures do not count.</summary>
    public required string StartPeriod { get; set; }
}

/// <summary>Where a log goes. Stands for Aspire's class of that name.</summary>
public sealed class Logging
{
    /// <summary>The logging driver.</summary>
    public string? Driver { get; set; }

    /// <summary>Its options.</summary>
    public Dictionary<string, string> Options { get; set; } = [];
}

/// <summary>A volume, or the place where a service sees one. Stands for Aspire's class of that name.</summary>
public sealed class Volume : NamedComposeMember
{
    /// <summary><c>volume</c>, <c>bind</c> or <c>tmpfs</c>.</summary>
    public string? Type { get; set; }

    /// <summary>Where the container sees it.</summary>
    public string? Target { get; set; }

    /// <summary>The name of the volume.</summary>
    public string? Source { get; set; }

    /// <summary>Whether the container cannot write to it.</summary>
    public bool? ReadOnly { get; set; }

    /// <summary>What keeps the data.</summary>
    public string? Driver { get; set; }
}
