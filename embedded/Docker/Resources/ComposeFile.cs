using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;

namespace Aspire.Hosting.Docker.Resources;

/// <summary>A compose file. Stands for Aspire's class of that name; members are written in the order of the class.</summary>
public sealed class ComposeFile
{
    /// <summary>The name of the project.</summary>
    public string? Name { get; set; }

    /// <summary>The version of the format.</summary>
    public string? Version { get; set; }

    /// <summary>The services by name.</summary>
    public Dictionary<string, Service> Services { get; set; } = [];

    /// <summary>The networks by name.</summary>
    public Dictionary<string, Network> Networks { get; set; } = [];

    /// <summary>The volumes by name.</summary>
    public Dictionary<string, Volume> Volumes { get; set; } = [];

    /// <summary>Writes the file.</summary>
    /// <param name="lineEndings">What ends a line.</param>
    /// <returns>The text of the file.</returns>
    public string ToYaml(string lineEndings = "\n") => ComposeYaml.Write(this, lineEndings);
}
