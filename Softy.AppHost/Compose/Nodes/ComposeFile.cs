namespace Softy.AppHost.Compose.Nodes;

/// <summary>A compose file for Docker Compose or Swarm. The properties are written in this order.</summary>
internal sealed class ComposeFile
{
    public string? Version { get; init; }

    public Dictionary<string, ComposeService> Services { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ComposeDriver> Networks { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ComposeDriver> Volumes { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ComposeSecretFile> Secrets { get; } = new(StringComparer.Ordinal);
}

/// <summary>The driver of a network or a volume.</summary>
internal sealed record ComposeDriver(string Driver);

/// <summary>A secret of a swarm and the file with its content.</summary>
internal sealed record ComposeSecretFile(string File, string Name);
