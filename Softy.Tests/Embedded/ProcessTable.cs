using System.Globalization;

namespace Softy.Tests.Embedded;

/// <summary>A process, told from a later one of the same number by the time of its start.</summary>
/// <param name="Id">Its number.</param>
/// <param name="StartTime">Its start, in ticks since the machine's.</param>
/// <param name="Command">Its command line.</param>
internal sealed record ProcessEntry(int Id, string StartTime, string Command)
{
    public override string ToString() => $"{Id} {Command}";
}

/// <summary>What the kernel tells of processes.</summary>
internal static class ProcessTable
{
    /// <summary>All processes that descend from one, the guard against orphans included.</summary>
    public static IReadOnlyList<ProcessEntry> DescendantsOf(int id)
    {
        var children = new Dictionary<int, List<ProcessEntry>>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var child) && Read(child) is var (entry, parent))
            {
                (children.TryGetValue(parent, out var known) ? known : children[parent] = []).Add(entry);
            }
        }

        var found = new List<ProcessEntry>();
        Collect(id);
        return found;

        void Collect(int parent)
        {
            foreach (var child in children.GetValueOrDefault(parent) ?? [])
            {
                found.Add(child);
                Collect(child.Id);
            }
        }
    }

    /// <summary>Those of some processes that still are; a zombie is not.</summary>
    public static IReadOnlyList<ProcessEntry> StillThere(IEnumerable<ProcessEntry> processes) =>
        [.. processes.Where(process => Read(process.Id) is var (now, _) && now.StartTime == process.StartTime)];

    private static (ProcessEntry Entry, int Parent)? Read(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (fields[0] is "Z" or "X")
            {
                return null;
            }

            var command = File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
            return (new ProcessEntry(id, fields[19], command), int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
