using System.Globalization;

namespace Softy.Bench.Measuring;

/// <summary>Finds the descendants of processes.</summary>
internal static class ProcessTree
{
    /// <summary>Finds all descendants of a process. A child comes before its own descendants.</summary>
    public static IEnumerable<int> DescendantsOf(int processId)
    {
        var id = processId.ToString(CultureInfo.InvariantCulture);
        string children;
        try
        {
            children = string.Join(
                ' ',
                Directory.EnumerateDirectories($"/proc/{id}/task").Select(task => File.ReadAllText($"{task}/children"))
            );
        }
        catch (IOException)
        {
            yield break; // it has just ended
        }

        foreach (var child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var childId = int.Parse(child, CultureInfo.InvariantCulture);
            yield return childId;
            foreach (var descendant in DescendantsOf(childId))
            {
                yield return descendant;
            }
        }
    }
}
