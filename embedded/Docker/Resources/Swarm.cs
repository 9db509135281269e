namespace Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

/// <summary>How many containers of a service run, and how they are updated. Stands for Aspire's class of that name.</summary>
public sealed class Deploy
{
    /// <summary>How many run.</summary>
    public int? Replicas { get; set; }

    /// <summary>What each may use.</summary>
    public Resources? Resources { get; set; }

    /// <summary>On which machines they run.</summary>
    public Placement? Placement { get; set; }

    /// <summary>How they are updated.</summary>
    public UpdateConfig? UpdateConfig { get; set; }

    /// <summary>What happens when one ends.</summary>
    public RestartPolicy? RestartPolicy { get; set; }
}

/// <summary>What a container may use. Stands for Aspire's class of that name.</summary>
public sealed class Resources
{
    /// <summary>At most.</summary>
    public ResourceSpec? Limits { get; set; }
}

/// <summary>An amount of processor time and memory. Stands for Aspire's class of that name.</summary>
public sealed class ResourceSpec
{
    /// <summary>Processors, such as <c>0.5</c>.</summary>
    public string? Cpus { get; set; }

    /// <summary>Memory, such as <c>256M</c>.</summary>
    public string? Memory { get; set; }
}

/// <summary>On which machines containers run. Stands for Aspire's class of that name.</summary>
public sealed class Placement
{
    /// <summary>What a machine must fulfil.</summary>
    public List<string>? Constraints { get; set; }
}

/// <summary>How containers are updated. Stands for Aspire's class of that name.</summary>
public sealed class UpdateConfig
{
    /// <summary>How many at a time.</summary>
    public int? Parallelism { get; set; }

    /// <summary>The time between two.</summary>
    public string? Delay { get; set; }

    /// <summary>What a failure leads to, such as <c>rollback</c>.</summary>
    public string? FailureAction { get; set; }

    /// <summary>How long a new one is watched for failure.</summary>
    public string? Monitor { get; set; }

    /// <summary><c>start-first</c> or <c>stop-first</c>.</summary>
    public string? Order { get; set; }
}

/// <summary>What happens when a container ends. Stands for Aspire's class of that name.</summary>
public sealed class RestartPolicy
{
    /// <summary>When another is started, such as <c>any</c>.</summary>
    public string? Condition { get; set; }

    /// <summary>How long that waits.</summary>
    public string? Delay { get; set; }
}
