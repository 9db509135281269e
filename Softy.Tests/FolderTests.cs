using System.Text.RegularExpressions;
using Softy.Tests.Entry;

namespace Softy.Tests;

/// <summary>A project has one folder per concern, and concerns depend on each other without cycles.</summary>
public sealed class FolderTests
{
    [Theory]
    [InlineData("Softy.Api")]
    [InlineData("Softy.AppHost")]
    [InlineData("Softy.Gateway")]
    [InlineData("Softy.ServiceDefaults")]
    [InlineData("Softy.Web")]
    public void The_folders_of_a_project_have_no_cyclic_dependencies(string project)
    {
        var folders = Directory
            .GetDirectories(Path.Combine(Sources.Root, project))
            .Where(folder => Directory.EnumerateFiles(folder, "*.cs").Any())
            .ToDictionary(
                folder => Path.GetFileName(folder),
                folder => UsedBy(folder, project),
                StringComparer.Ordinal
            );
        folders.Count.ShouldBeGreaterThan(1);

        var cycles = folders.Keys.Select(folder => FindCycle(folder, folders)).OfType<string>();

        cycles.ShouldBeEmpty($"The folders of {project} must not depend on each other in a cycle.");
    }

    /// <summary>The other folders whose namespaces the files of a folder name, in a directive or elsewhere.</summary>
    private static HashSet<string> UsedBy(string folder, string project)
    {
        var name = new Regex(
            $@"\b{Regex.Escape(project)}\.(?<folder>\w+)",
            RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(5)
        );
        return
        [
            .. Directory
                .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                .SelectMany(File.ReadLines)
                .Where(line => !line.StartsWith("namespace ", StringComparison.Ordinal))
                .SelectMany(line => name.Matches(line))
                .Select(match => match.Groups["folder"].Value)
                .Where(used => used != Path.GetFileName(folder)),
        ];
    }

    /// <summary>The shortest cycle through a folder, such as <c>A → B → A</c>; null if there is none.</summary>
    private static string? FindCycle(string start, Dictionary<string, HashSet<string>> uses)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<string[]>([
            [start],
        ]);
        while (next.TryDequeue(out var path))
        {
            foreach (var used in uses.GetValueOrDefault(path[^1]) ?? [])
            {
                if (used == start)
                {
                    return string.Join(" → ", [.. path, start]);
                }

                if (seen.Add(used))
                {
                    next.Enqueue([.. path, used]);
                }
            }
        }

        return null;
    }
}
