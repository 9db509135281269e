using System.Globalization;

namespace Softy.Tests.Application;

/// <summary>Finds the processes behind resources.</summary>
internal static class ResourceProcesses
{
    // Stores are started by a script, which ends with them.
    private const string Script = "sh";

    private static readonly string[] _servers = ["postgres", "redis-server", "valkey-server"];

    /// <summary>The process that does a resource's work: the service, or the server of a store.</summary>
    public static int ProcessId(this DistributedApplication app, string resource)
    {
        app.ResourceNotifications.TryGetCurrentState(resource, out var state).ShouldBeTrue();
        return state!.Snapshot.ProcessId() ?? throw new InvalidOperationException($"'{resource}' has no process.");
    }

    /// <summary>The same, or null where there is none: the resource has ended, or is a container.</summary>
    public static int? ProcessId(this CustomResourceSnapshot snapshot) =>
        snapshot.StartedProcessId() is { } id
            ? NameOf(id) == Script
                ? ServerOf(id)
                : id
            : null;

    /// <summary>
    /// The process that was started for a resource: the service, or the script around a store's server.
    /// </summary>
    public static int? StartedProcessId(this CustomResourceSnapshot snapshot) =>
        snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } id
            ? Convert.ToInt32(id, CultureInfo.InvariantCulture)
            : null;

    private static int? ServerOf(int script) =>
        ProcessTable
            .ChildrenOf(script)
            .Where(child => _servers.Contains(NameOf(child), StringComparer.Ordinal))
            .Select(child => (int?)child)
            .FirstOrDefault();

    private static string? NameOf(int id)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/comm")).Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
