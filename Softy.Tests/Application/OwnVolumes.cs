namespace Softy.Tests.Application;

/// <summary>Names for data volumes that no other run has, and the removal of what the embedded host keeps under them.</summary>
public sealed class OwnVolumes : IDisposable
{
    public string Prefix { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>Where the embedded host keeps its volumes; containers keep theirs elsewhere.</summary>
    public static string Folder { get; } = Path.Combine(
        Path.GetDirectoryName(Projects.Softy_AppHost.ProjectPath)!, ".softy", "volumes");

    public void Dispose()
    {
        if (!Directory.Exists(Folder))
        {
            return;
        }

        foreach (var volume in Directory.EnumerateFileSystemEntries(Folder, Prefix + "*"))
        {
            if (Directory.Exists(volume))
            {
                Directory.Delete(volume, recursive: true);
            }
            else
            {
                File.Delete(volume);
            }
        }
    }
}
