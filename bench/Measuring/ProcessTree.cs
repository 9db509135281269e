using System.Globalization;

namespace Softy.Bench.Measuring;

/// <summary>Which process started which.</summary>
internal static class ProcessTree
{
    /// <summary>All that a process has started, directly or not.</summary>
    public static IEnumerable<int> ChildrenOf(int processId)
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
            foreach (var descendant in ChildrenOf(childId))
            {
                yield return descendant;
            }
        }
    }
}
