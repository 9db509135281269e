using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Running;

/// <summary>How a resource is started.</summary>
internal sealed record LaunchPlan
{
    public required ProcessStart Process { get; init; }

    /// <summary>The kind of resource, as Aspire calls it.</summary>
    public required string ResourceType { get; init; }

    /// <summary>The variables that the AppHost has set.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The project file, for a project.</summary>
    public string? ProjectPath { get; init; }

    /// <summary>The folder of the data volume, if there is one.</summary>
    public string? VolumePath { get; init; }

    /// <summary>What is held while the process runs.</summary>
    public IDisposable? Held { get; init; }
}
