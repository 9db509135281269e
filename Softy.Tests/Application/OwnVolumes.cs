namespace Softy.Tests.Application;

/// <summary>
/// Names for data volumes that no other run has, and the removal of the folders that stores keep under them.
/// </summary>
public sealed class OwnVolumes : IDisposable
{
    /// <summary>What the names of the volumes begin with: the value of <c>Volumes</c>.</summary>
    public string Prefix { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>The folder of a store's volume. Containers keep theirs elsewhere.</summary>
    /// <param name="store">The name of the store.</param>
    /// <returns>The folder that is there, or the one that would be made first.</returns>
    public string FolderOf(string store)
    {
        var name = $"{Prefix}-{store}";
        return Roots().Select(root => Path.Combine(root, name)).FirstOrDefault(Directory.Exists)
            ?? Path.Combine(Roots().First(), name);
    }

    public void Dispose()
    {
        foreach (var volume in Roots().SelectMany(root => Directory.EnumerateDirectories(root, $"{Prefix}*")).ToList())
        {
            Directory.Delete(volume, recursive: true);
        }
    }

    /// <summary>
    /// Where volumes may be: beside the solution, or, for a checkout in root's closed home, for all users.
    /// </summary>
    private static IEnumerable<string> Roots()
    {
        var beside = Path.Combine(Path.GetDirectoryName(Projects.Softy_AppHost.ProjectPath)!, ".softy", "volumes");
        Directory.CreateDirectory(beside);
        const string Shared = "/var/lib/softy";
        return Directory.Exists(Shared)
            ? Directory
                .EnumerateDirectories(Shared)
                .Select(root => Path.Combine(root, "volumes"))
                .Where(Directory.Exists)
                .Prepend(beside)
            : [beside];
    }
}
