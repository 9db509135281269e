namespace Softy.Tests.Entry;

/// <summary>The repository that these tests were built from.</summary>
internal static class Sources
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Softy.sln")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has Softy.sln.");
        }

        return folder;
    }
}
