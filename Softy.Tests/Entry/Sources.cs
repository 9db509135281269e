namespace Softy.Tests.Entry;

/// <summary>The repository that these tests were built from.</summary>
internal static class Sources
{
    public static string Root { get; } = FindRoot();

    /// <summary>The C# code of the programs and of what they share, file by file.</summary>
    public static IEnumerable<string> Code() =>
        from project in new[] { "Softy.AppHost", "Softy.Api", "Softy.Gateway", "Softy.ServiceDefaults", "Softy.Web" }
        from file in Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Path.Combine(Root, project), file)
        where
            !path.StartsWith("bin" + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && !path.StartsWith("obj" + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        select File.ReadAllText(file);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Softy.sln")))
        {
            folder =
                Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has Softy.sln.");
        }

        return folder;
    }
}
