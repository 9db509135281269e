namespace Softy.AppHost.Stores;

/// <summary>Finds programs on this machine.</summary>
internal static class Programs
{
    /// <summary>The folders of the PATH.</summary>
    public static string[] SearchPath =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(
            Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries
        );

    /// <summary>Finds the first of some programs that is in one of some folders.</summary>
    /// <param name="folders">The folders, the best first.</param>
    /// <param name="names">The names of the programs, the best first.</param>
    /// <returns>The program's path, or null.</returns>
    public static string? Find(IEnumerable<string> folders, params IReadOnlyList<string> names) =>
        folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
