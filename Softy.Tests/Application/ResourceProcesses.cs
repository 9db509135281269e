using System.Globalization;

namespace Softy.Tests.Application;

/// <summary>Finds the processes behind resources.</summary>
internal static class ResourceProcesses
{
    /// <summary>The process that runs a project.</summary>
    public static int ProcessId(this DistributedApplication app, string resource)
    {
        app.ResourceNotifications.TryGetCurrentState(resource, out var state).ShouldBeTrue();
        return state!.Snapshot.ProcessId() ?? throw new InvalidOperationException($"'{resource}' is no process.");
    }

    /// <summary>The process that runs a resource, or null where it is a container.</summary>
    public static int? ProcessId(this CustomResourceSnapshot snapshot) =>
        snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } id
            ? Convert.ToInt32(id, CultureInfo.InvariantCulture)
            : null;
}
