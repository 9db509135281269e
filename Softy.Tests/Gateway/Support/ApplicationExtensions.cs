using System.Globalization;

namespace Softy.Tests.Gateway.Support;

internal static class ApplicationExtensions
{
    /// <summary>The process that runs a project.</summary>
    public static int ProcessId(this DistributedApplication app, string resource)
    {
        app.ResourceNotifications.TryGetCurrentState(resource, out var state).ShouldBeTrue();
        var pid = state!.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value;
        return Convert.ToInt32(pid, CultureInfo.InvariantCulture);
    }
}
