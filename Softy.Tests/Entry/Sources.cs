using System.Text.Json;
using System.Xml.Linq;

namespace Softy.Tests.Entry;

/// <summary>The repository that these tests were built from.</summary>
internal static class Sources
{
    public static string Root { get; } = FindRoot();

    public static string AspireVersion =>
        XDocument.Load(Path.Combine(Root, "Directory.Build.props")).Descendants("AspireVersion").Single().Value;

    public static string DashboardVersion => ReadJson("embedded/Dashboard/package.json")
        .GetProperty("dependencies").GetProperty("@microsoft/aspire-cli-linux-x64").GetString()!;

    public static JsonElement ReadJson(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, path)));
        return document.RootElement.Clone();
    }

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
