namespace Softy.Tests.Gateway;

/// <summary>The gateway has one folder per concern, and concerns build on each other without circles.</summary>
public sealed class FolderTests
{
    private const string Using = "using Softy.Gateway.";

    [Fact]
    public void No_folder_uses_one_that_uses_it()
    {
        var root = Path.Combine(FindRepository(), "Softy.Gateway");
        var uses = Directory
            .GetDirectories(root)
            .Select(folder => Path.GetFileName(folder))
            .Where(folder => folder is not ("bin" or "obj"))
            .ToDictionary(folder => folder, folder => UsedBy(Path.Combine(root, folder)), StringComparer.Ordinal);
        uses.Count.ShouldBeGreaterThan(5);

        var circles = uses.Keys.Where(folder => Reach(folder, uses).Contains(folder));

        circles.ShouldBeEmpty();
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Softy.sln")))
        {
            folder = folder.Parent.ShouldNotBeNull("No folder above the tests has Softy.sln.");
        }

        return folder.FullName;
    }

    private static HashSet<string> UsedBy(string folder) =>
        [
            .. Directory
                .GetFiles(folder, "*.cs")
                .SelectMany(File.ReadLines)
                .Where(line => line.StartsWith(Using, StringComparison.Ordinal))
                .Select(line => line[Using.Length..].TrimEnd(';').Split('.')[0]),
        ];

    private static HashSet<string> Reach(string folder, Dictionary<string, HashSet<string>> uses)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var next = new Stack<string>(uses[folder]);
        while (next.TryPop(out var used))
        {
            if (reached.Add(used))
            {
                foreach (var further in uses[used])
                {
                    next.Push(further);
                }
            }
        }

        return reached;
    }
}
