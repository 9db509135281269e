namespace Aspire.Hosting.ApplicationModel;

/// <summary>Sets environment variables. Stands for Aspire's class of that name.</summary>
/// <param name="callback">Sets them.</param>
public sealed class EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) : IResourceAnnotation
{
    /// <summary>Sets the variables.</summary>
    public Func<EnvironmentCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>What a callback for environment variables works on. Stands for Aspire's class of that name.</summary>
/// <param name="executionContext">Whether the application runs or is published.</param>
/// <param name="resource">The resource.</param>
/// <param name="environmentVariables">The variables so far.</param>
/// <param name="cancellationToken">Ends the work.</param>
public sealed class EnvironmentCallbackContext(
    DistributedApplicationExecutionContext executionContext,
    IResource resource,
    Dictionary<string, object>? environmentVariables = null,
    CancellationToken cancellationToken = default)
{
    /// <summary>The variables: strings, or values that are known at run time.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } =
        environmentVariables ?? new(StringComparer.Ordinal);

    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>Whether the application runs or is published.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    /// <summary>Ends the work.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Sets command line arguments. Stands for Aspire's class of that name.</summary>
/// <param name="callback">Sets them.</param>
public sealed class CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> callback)
    : IResourceAnnotation
{
    /// <summary>Sets the arguments.</summary>
    public Func<CommandLineArgsCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>What a callback for arguments works on. Stands for Aspire's class of that name.</summary>
/// <param name="args">The arguments so far.</param>
/// <param name="cancellationToken">Ends the work.</param>
public sealed class CommandLineArgsCallbackContext(IList<object> args, CancellationToken cancellationToken = default)
{
    /// <summary>The arguments: strings, or values that are known at run time.</summary>
    public IList<object> Args { get; } = args;

    /// <summary>Ends the work.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>What waiting for a resource means. Stands for Aspire's enumeration of that name.</summary>
public enum WaitType
{
    /// <summary>Until it runs and is healthy.</summary>
    WaitUntilHealthy,

    /// <summary>Until it has ended.</summary>
    WaitForCompletion,

    /// <summary>Until it runs.</summary>
    WaitUntilStarted,
}

/// <summary>What a wait does when the other fails. Stands for Aspire's enumeration of that name.</summary>
public enum WaitBehavior
{
    /// <summary>It goes on waiting: the other may be started again.</summary>
    WaitOnResourceUnavailable,

    /// <summary>It ends with an error.</summary>
    StopOnResourceUnavailable,
}

/// <summary>One resource waits for another. Stands for Aspire's class of that name.</summary>
/// <param name="resource">The resource that is waited for.</param>
/// <param name="waitType">What is waited for.</param>
/// <param name="exitCode">The exit code of a success, for <see cref="WaitType.WaitForCompletion"/>.</param>
public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    /// <summary>The resource that is waited for.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>What is waited for.</summary>
    public WaitType WaitType { get; } = waitType;

    /// <summary>The exit code of a success, for <see cref="WaitType.WaitForCompletion"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>What to do when the other fails; null for the default.</summary>
    public WaitBehavior? WaitBehavior { get; init; }
}

/// <summary>The resource is started by command only. Stands for Aspire's class of that name.</summary>
public sealed class ExplicitStartupAnnotation : IResourceAnnotation;

/// <summary>A health check, registered with the host, tells of the resource. Stands for Aspire's class of that name.</summary>
/// <param name="key">The name of the check.</param>
public sealed class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    /// <summary>The name of the check.</summary>
    public string Key { get; } = key;
}

/// <summary>How many copies of a project run. Stands for Aspire's class of that name.</summary>
/// <param name="replicas">The number.</param>
public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    /// <summary>The number.</summary>
    public int Replicas { get; } = replicas;
}

/// <summary>A tie between resources, for display. Stands for Aspire's class of that name.</summary>
/// <param name="resource">The other resource.</param>
/// <param name="type">The kind: <c>Reference</c>, <c>WaitFor</c>, <c>Parent</c>.</param>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    /// <summary>The other resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The kind.</summary>
    public string Type { get; } = type;
}

/// <summary>The kind of a mount. Stands for Aspire's enumeration of that name.</summary>
public enum ContainerMountType
{
    /// <summary>A folder of the host.</summary>
    BindMount,

    /// <summary>A named volume.</summary>
    Volume,
}

/// <summary>A volume of a resource. Stands for Aspire's class of that name.</summary>
/// <param name="source">The name of the volume.</param>
/// <param name="target">Where a container sees it.</param>
/// <param name="type">The kind.</param>
/// <param name="isReadOnly">Whether it is read only.</param>
public sealed class ContainerMountAnnotation(string? source, string target, ContainerMountType type, bool isReadOnly)
    : IResourceAnnotation
{
    /// <summary>The name of the volume.</summary>
    public string? Source { get; } = source;

    /// <summary>Where a container sees it.</summary>
    public string Target { get; } = target;

    /// <summary>The kind.</summary>
    public ContainerMountType Type { get; } = type;

    /// <summary>Whether it is read only.</summary>
    public bool IsReadOnly { get; } = isReadOnly;
}

/// <summary>The AppHost's words on the URL of an endpoint. Stands for Aspire's class of that name.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    /// <summary>The URL.</summary>
    public required string Url { get; set; }

    /// <summary>The text to show for it; null shows the URL.</summary>
    public string? DisplayText { get; set; }

    /// <summary>The place in the list; higher comes first.</summary>
    public int? DisplayOrder { get; set; }
}
