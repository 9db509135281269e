namespace Softy.AppHost.Compose.Nodes;

/// <summary>The number of a service's containers, their limits, and how they are updated.</summary>
internal sealed class ComposeDeploy
{
    /// <summary>A string, because it can be a variable.</summary>
    public string? Replicas { get; set; }

    public required ComposeResources Resources { get; init; }

    public ComposePlacement? Placement { get; init; }

    public required ComposeUpdateConfig UpdateConfig { get; init; }

    public ComposeRestartPolicy? RestartPolicy { get; init; }
}

/// <summary>The resources of a container.</summary>
internal sealed record ComposeResources(ComposeLimits Limits);

/// <summary>The resource limits of a container.</summary>
internal sealed record ComposeLimits(string Memory);

/// <summary>The machines of a swarm that a container may run on.</summary>
internal sealed record ComposePlacement(IReadOnlyList<string> Constraints);

/// <summary>How containers are updated.</summary>
internal sealed record ComposeUpdateConfig(
    string Order,
    int Parallelism = 1,
    string Delay = "5s",
    string FailureAction = "rollback",
    string Monitor = "15s"
);

/// <summary>When a swarm restarts a container.</summary>
internal sealed record ComposeRestartPolicy(string Condition, string Delay);
