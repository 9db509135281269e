namespace Softy.AppHost.Compose.Nodes;

/// <summary>How many containers of a service there are, with which limits, and how they are replaced.</summary>
internal sealed class ComposeDeploy
{
    /// <summary>Text, because it may be a variable.</summary>
    public string? Replicas { get; set; }

    public required ComposeResources Resources { get; init; }

    public ComposePlacement? Placement { get; init; }

    public required ComposeUpdateConfig UpdateConfig { get; init; }

    public ComposeRestartPolicy? RestartPolicy { get; init; }
}

/// <summary>What a container may take of its machine.</summary>
internal sealed record ComposeResources(ComposeLimits Limits);

/// <summary>The most that a container may take.</summary>
internal sealed record ComposeLimits(string Memory);

/// <summary>On which machines of a swarm a container may run.</summary>
internal sealed record ComposePlacement(IReadOnlyList<string> Constraints);

/// <summary>How containers are replaced by newer ones.</summary>
internal sealed record ComposeUpdateConfig(
    string Order,
    int Parallelism = 1,
    string Delay = "5s",
    string FailureAction = "rollback",
    string Monitor = "15s"
);

/// <summary>When a swarm starts a container again.</summary>
internal sealed record ComposeRestartPolicy(string Condition, string Delay);
