using System.Collections;
using System.Globalization;
using Aspire.Hosting.Dashboard.ResourceService.Messages;
using Google.Protobuf.WellKnownTypes;
using HealthStatus = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace Aspire.Hosting.Dashboard.ResourceService;

/// <summary>Puts the state of a resource into the dashboard's words.</summary>
internal sealed class ResourceMessages(DistributedApplicationModel model)
{
    /// <summary>
    /// What the dashboard calls a resource: as in Aspire the name and, behind a dash, the instance, by which it knows the
    /// telemetry of a resource.
    /// </summary>
    public static string IdOf(IResource resource) =>
        resource is ProjectResource ? $"{resource.Name}-{ResourceInstance.IdOf(resource.Name)}" : resource.Name;

    /// <summary>The resource behind a name that the dashboard uses.</summary>
    public string NameOf(string id) => model.Resources.FirstOrDefault(r => IdOf(r) == id)?.Name ?? id;

    /// <summary>Describes a resource.</summary>
    public static async Task<ResourceState> DescribeAsync(ResourceEvent change, CancellationToken cancellationToken)
    {
        var (resource, snapshot) = (change.Resource, change.Snapshot);
        var isDashboard = resource.Name == DashboardResource.Name;
        var isRunning = snapshot.State?.Text == KnownResourceStates.Running;
        var message = Begin(resource, snapshot.ResourceType, snapshot.State?.Text, snapshot.State?.Style);
        message.CreatedAt = Time(snapshot.CreationTimeStamp);
        message.StartedAt = Time(snapshot.StartTimeStamp);
        message.StoppedAt = Time(snapshot.StopTimeStamp);
        message.IsHidden = snapshot.IsHidden || isDashboard;
        if ((snapshot.IconName ?? IconOf(resource)) is { } icon)
        {
            message.Icon = icon;
        }

        message.Urls.AddRange(snapshot.Urls.Select(url => new Address
        {
            Endpoint = url.Name ?? string.Empty,
            Url = url.Url,
            IsInternal = url.IsInternal,
            IsInactive = !isRunning,
            Display = new AddressDisplay { Name = url.DisplayProperties.DisplayName, Order = url.DisplayProperties.SortOrder },
        }));
        message.Volumes.AddRange(snapshot.Volumes.Select(volume => new Mount
        {
            Source = volume.Source ?? string.Empty,
            Target = volume.Target,
            Type = volume.MountType,
            IsReadOnly = volume.IsReadOnly,
        }));
        message.Health.AddRange(snapshot.HealthReports.Select(Describe));
        message.Relationships.AddRange(
            snapshot.Relationships.Select(tie => new Relationship { Resource = tie.ResourceName, Type = tie.Type }));

        // The dashboard's own secrets, and its end, are not for the dashboard.
        if (!isDashboard)
        {
            message.Environment.AddRange(snapshot.EnvironmentVariables.Select(variable =>
                new Variable { Name = variable.Name, Value = variable.Value ?? string.Empty, IsFromAppHost = variable.IsFromSpec }));
            message.Commands.AddRange(snapshot.Commands.Select(Describe));
        }

        foreach (var property in snapshot.Properties)
        {
            Add(message, property.Name, ToValue(property.Value), property.IsSensitive);
        }

        await AddPropertiesAsync(message, resource, snapshot, isRunning, cancellationToken);
        return message;
    }

    private static ResourceState Begin(IResource resource, string type, string? state, string? style)
    {
        var id = IdOf(resource);
        var message = new ResourceState
        {
            Id = id,
            Uid = id,
            DisplayName = resource.Name,
            Type = type,
            State = state ?? string.Empty,
            StateStyle = style ?? string.Empty,
        };
        Add(message, "resource.uid", Value.ForString(id));
        Add(message, "resource.name", Value.ForString(id));
        Add(message, "resource.displayName", Value.ForString(resource.Name));
        Add(message, "resource.type", Value.ForString(type));
        Add(message, "resource.state", Value.ForString(message.State));
        return message;
    }

    private static async Task AddPropertiesAsync(
        ResourceState message,
        IResource resource,
        CustomResourceSnapshot snapshot,
        bool isRunning,
        CancellationToken cancellationToken)
    {
        Add(message, "resource.createTime", ToValue(snapshot.CreationTimeStamp));
        Add(message, "resource.startTime", ToValue(snapshot.StartTimeStamp));
        Add(message, "resource.stopTime", ToValue(snapshot.StopTimeStamp));
        Add(message, "resource.exitCode", ToValue(snapshot.ExitCode));
        Add(message, "resource.healthState", ToValue(snapshot.HealthStatus?.ToString()));
        if (resource is IResourceWithParent child)
        {
            Add(message, "resource.parentName", Value.ForString(IdOf(child.Parent)));
        }

        if (resource is ContainerResource
            && snapshot.Properties.FirstOrDefault(p => p.Name == "executable.path")?.Value is string program)
        {
            Add(message, "resource.source", Value.ForString(program));
        }

        if (isRunning && resource is IResourceWithConnectionString connected)
        {
            Add(
                message,
                "resource.connectionString",
                ToValue(await connected.GetConnectionStringAsync(cancellationToken)),
                isSensitive: true);
        }
    }

    private static void Add(ResourceState message, string name, Value value, bool isSensitive = false)
    {
        if (value.KindCase != Value.KindOneofCase.NullValue)
        {
            message.Properties.Add(new Property { Name = name, Value = value, IsSensitive = isSensitive });
        }
    }

    private static Value ToValue(object? value) => value switch
    {
        null => Value.ForNull(),
        string text => Value.ForString(text),
        int number => Value.ForNumber(number),
        DateTime time => Value.ForString(time.ToString("O", CultureInfo.InvariantCulture)),
        IEnumerable values => Value.ForList([.. values.Cast<object?>().Select(ToValue)]),
        _ => Value.ForString(Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty),
    };

    private static Timestamp? Time(DateTime? time) => time is { } t ? Timestamp.FromDateTime(t) : null;

    private static HealthReport Describe(HealthReportSnapshot report)
    {
        var message = new HealthReport
        {
            Check = report.Name,
            Description = report.Description ?? string.Empty,
            Exception = report.ExceptionText ?? string.Empty,
            LastRunAt = Time(report.LastRunAt),
        };
        if (report.Status is { } status)
        {
            message.Verdict = status switch
            {
                HealthStatus.Healthy => HealthVerdict.Healthy,
                HealthStatus.Degraded => HealthVerdict.Degraded,
                _ => HealthVerdict.Unhealthy,
            };
        }

        return message;
    }

    private static Command Describe(ResourceCommandSnapshot command) => new()
    {
        Name = command.Name,
        DisplayName = command.DisplayName,
        Description = command.DisplayDescription ?? string.Empty,
        Confirmation = command.ConfirmationMessage ?? string.Empty,
        Icon = command.IconName ?? string.Empty,
        IsHighlighted = command.IsHighlighted,
        State = command.State switch
        {
            ResourceCommandState.Enabled => CommandState.Enabled,
            ResourceCommandState.Disabled => CommandState.Disabled,
            _ => CommandState.Hidden,
        },
    };

    private static string? IconOf(IResource resource) => resource switch
    {
        PostgresServerResource => "DatabaseMultiple",
        PostgresDatabaseResource => "Database",
        RedisResource => "Memory",
        _ => null,
    };
}
