namespace Softy.AppHost.Compose.Nodes;

/// <summary>A service of a compose file. Null and empty properties are not written.</summary>
internal sealed class ComposeService
{
    public string? Image { get; set; }

    public ComposeBuild? Build { get; set; }

    public List<string> Command { get; } = [];

    public List<string> Entrypoint { get; } = [];

    /// <summary>A variable without a value is passed from <c>.env</c> or the shell, if it is set there.</summary>
    public Dictionary<string, string?> Environment { get; } = new(StringComparer.Ordinal);

    public List<string> Expose { get; } = [];

    public List<string> Ports { get; } = [];

    public List<ComposeMount> Volumes { get; } = [];

    public List<ComposeSecret> Secrets { get; } = [];

    public string? User { get; set; }

    public Dictionary<string, ComposeDependency> DependsOn { get; } = new(StringComparer.Ordinal);

    public List<string> Networks { get; } = [];

    public string? Restart { get; set; }

    public ComposeDeploy? Deploy { get; set; }

    public ComposeHealthcheck? Healthcheck { get; set; }

    public ComposeLogging? Logging { get; set; }

    public string? Hostname { get; set; }

    public List<string> CapDrop { get; } = [];

    public bool? ReadOnly { get; set; }

    public List<string> SecurityOpt { get; } = [];

    public string? StopGracePeriod { get; set; }

    public string? StopSignal { get; set; }

    public List<string> Tmpfs { get; } = [];

    public List<string> Profiles { get; } = [];
}

/// <summary>How an image is built.</summary>
internal sealed record ComposeBuild(string Context, string Dockerfile, Dictionary<string, string> Args);

/// <summary>A mount of a service.</summary>
internal sealed record ComposeMount(string Type, string Target, string? Source = null, bool? ReadOnly = null);

/// <summary>A secret that a service reads as a file, and the owner and mode of that file.</summary>
internal sealed record ComposeSecret(string Source, string Uid, int Mode);

/// <summary>The state of a service that another service waits for.</summary>
internal sealed record ComposeDependency(string Condition);

/// <summary>The health check of a container.</summary>
internal sealed record ComposeHealthcheck(
    IReadOnlyList<string> Test,
    string StartPeriod,
    string Interval = "5s",
    string Timeout = "4s",
    int Retries = 3
);

/// <summary>The logging of a container's output.</summary>
internal sealed record ComposeLogging(string Driver, Dictionary<string, string> Options);
