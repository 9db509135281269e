using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The state of a resource at one moment. Stands for Aspire's record of that name.</summary>
public sealed record CustomResourceSnapshot
{
    /// <summary>The kind of resource, such as <c>Project</c>.</summary>
    public required string ResourceType { get; init; }

    /// <summary>Further facts.</summary>
    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    /// <summary>When the resource came to be, in UTC.</summary>
    public DateTime? CreationTimeStamp { get; init; }

    /// <summary>When it was started last, in UTC.</summary>
    public DateTime? StartTimeStamp { get; init; }

    /// <summary>When it ended last, in UTC.</summary>
    public DateTime? StopTimeStamp { get; init; }

    /// <summary>The state; see <see cref="KnownResourceStates"/>.</summary>
    public ResourceStateSnapshot? State { get; init; }

    /// <summary>The exit code of a process that has ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The worst of the reports of a running resource; null while it does not run.</summary>
    public HealthStatus? HealthStatus => State?.Text != KnownResourceStates.Running
        ? null
        : HealthReports.IsEmpty
            ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
            : HealthReports.Min(r => r.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);

    /// <summary>What each health check said last.</summary>
    public ImmutableArray<HealthReportSnapshot> HealthReports { get; internal init; } = [];

    /// <summary>The environment variables of the process.</summary>
    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];

    /// <summary>The addresses.</summary>
    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    /// <summary>The volumes.</summary>
    public ImmutableArray<VolumeSnapshot> Volumes { get; init; } = [];

    /// <summary>The commands and whether they can be given now.</summary>
    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    /// <summary>The ties to other resources.</summary>
    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    /// <summary>Whether lists leave it out.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The name of the icon, or null for that of the kind.</summary>
    public string? IconName { get; init; }

    /// <summary>Completes when the callbacks for a ready resource have run; null before.</summary>
    internal Task? ResourceReady { get; init; }
}

/// <summary>A state and how it looks. Stands for Aspire's record of that name.</summary>
/// <param name="Text">The state; see <see cref="KnownResourceStates"/>.</param>
/// <param name="Style">How it looks; see <see cref="KnownResourceStateStyles"/>.</param>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    /// <summary>A state without a style.</summary>
    /// <param name="s">The state.</param>
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, null);
}

/// <summary>An environment variable. Stands for Aspire's record of that name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsFromSpec">Whether the AppHost set it.</param>
public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);

/// <summary>An address. Stands for Aspire's record of that name.</summary>
/// <param name="Name">The name of the endpoint.</param>
/// <param name="Url">The URL.</param>
/// <param name="IsInternal">Whether only details show it.</param>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    /// <summary>How it is shown.</summary>
    public UrlDisplayPropertiesSnapshot DisplayProperties { get; init; } = new();
}

/// <summary>How an address is shown. Stands for Aspire's record of that name.</summary>
/// <param name="DisplayName">The text; empty shows the URL.</param>
/// <param name="SortOrder">The place in the list; higher comes first.</param>
public sealed record UrlDisplayPropertiesSnapshot(string DisplayName = "", int SortOrder = 0);

/// <summary>A volume. Stands for Aspire's record of that name.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Target">Where the resource sees it.</param>
/// <param name="MountType"><c>volume</c> or <c>bind</c>.</param>
/// <param name="IsReadOnly">Whether it is read only.</param>
public sealed record VolumeSnapshot(string? Source, string Target, string MountType, bool IsReadOnly);

/// <summary>A tie to another resource. Stands for Aspire's record of that name.</summary>
/// <param name="ResourceName">The other resource.</param>
/// <param name="Type">The kind.</param>
public sealed record RelationshipSnapshot(string ResourceName, string Type);

/// <summary>A further fact. Stands for Aspire's record of that name.</summary>
/// <param name="Name">Its name, such as <c>executable.pid</c>.</param>
/// <param name="Value">Its value.</param>
public sealed record ResourcePropertySnapshot(string Name, object? Value)
{
    /// <summary>Whether the value must not be shown.</summary>
    public bool IsSensitive { get; init; }
}

/// <summary>A command and whether it can be given now. Stands for Aspire's record of that name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Whether it can be given.</param>
/// <param name="DisplayName">Its name for people.</param>
/// <param name="DisplayDescription">What it does.</param>
/// <param name="ConfirmationMessage">What to ask before.</param>
/// <param name="IconName">The icon.</param>
/// <param name="IsHighlighted">Whether lists show it as a button.</param>
public sealed record ResourceCommandSnapshot(
    string Name,
    ResourceCommandState State,
    string DisplayName,
    string? DisplayDescription,
    string? ConfirmationMessage,
    string? IconName,
    bool IsHighlighted);

/// <summary>What a health check said. Stands for Aspire's record of that name.</summary>
/// <param name="Name">The name of the check.</param>
/// <param name="Status">The health; null when it has not run yet.</param>
/// <param name="Description">Its words.</param>
/// <param name="ExceptionText">The exception behind it.</param>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText)
{
    /// <summary>When it ran last, in UTC.</summary>
    public DateTime? LastRunAt { get; init; }
}

/// <summary>Whether a command can be given. Stands for Aspire's enumeration of that name.</summary>
public enum ResourceCommandState
{
    /// <summary>It can.</summary>
    Enabled,

    /// <summary>It is shown, but cannot.</summary>
    Disabled,

    /// <summary>It is not shown.</summary>
    Hidden,
}

/// <summary>How states look. Stands for Aspire's class of that name.</summary>
public static class KnownResourceStateStyles
{
    /// <summary>All is well.</summary>
    public static readonly string Success = "success";

    /// <summary>Something failed.</summary>
    public static readonly string Error = "error";

    /// <summary>Something happens.</summary>
    public static readonly string Info = "info";

    /// <summary>Something is odd.</summary>
    public static readonly string Warn = "warning";
}

/// <summary>The states that resources have. Stands for Aspire's class of that name.</summary>
public static class KnownResourceStates
{
    /// <summary>It is being started.</summary>
    public static readonly string Starting = nameof(Starting);

    /// <summary>It runs.</summary>
    public static readonly string Running = nameof(Running);

    /// <summary>It could not be started.</summary>
    public static readonly string FailedToStart = nameof(FailedToStart);

    /// <summary>It is being stopped.</summary>
    public static readonly string Stopping = nameof(Stopping);

    /// <summary>It has ended.</summary>
    public static readonly string Exited = nameof(Exited);

    /// <summary>It has ended after doing its work.</summary>
    public static readonly string Finished = nameof(Finished);

    /// <summary>It waits for another.</summary>
    public static readonly string Waiting = nameof(Waiting);

    /// <summary>It was not started yet.</summary>
    public static readonly string NotStarted = nameof(NotStarted);

    /// <summary>A parameter that has no value.</summary>
    public static readonly string ValueMissing = "Value missing";

    /// <summary>The states that end by command only.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>A change of a resource's state. Stands for Aspire's class of that name.</summary>
/// <param name="resource">The resource.</param>
/// <param name="resourceId">Its id; on the embedded host its name.</param>
/// <param name="snapshot">The state.</param>
public sealed class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>Its id; on the embedded host its name.</summary>
    public string ResourceId { get; } = resourceId;

    /// <summary>The state.</summary>
    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}
