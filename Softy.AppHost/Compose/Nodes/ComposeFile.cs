namespace Softy.AppHost.Compose.Nodes;

/// <summary>A compose file: what Compose and Swarm read. Its properties are written in this order.</summary>
internal sealed class ComposeFile
{
    public string? Version { get; init; }

    public Dictionary<string, ComposeService> Services { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ComposeDriver> Networks { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ComposeDriver> Volumes { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ComposeSecretFile> Secrets { get; } = new(StringComparer.Ordinal);
}

/// <summary>What provides a network or a volume.</summary>
internal sealed record ComposeDriver(string Driver);

/// <summary>A secret of a swarm, and the file that it is made of.</summary>
internal sealed record ComposeSecretFile(string File, string Name);
