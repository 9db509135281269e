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

    /// <summary>Finds the first existing program in a list of folders.</summary>
    /// <param name="folders">The folders in order of preference.</param>
    /// <param name="names">The names of the programs in order of preference.</param>
    /// <returns>The path of the program, or null.</returns>
    public static string? Find(IEnumerable<string> folders, params IReadOnlyList<string> names) =>
        folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
