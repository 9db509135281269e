using System.Globalization;

namespace Softy.Tests.Application;

/// <summary>A process, told from a later one of the same number by the time of its start.</summary>
/// <param name="Id">Its number.</param>
/// <param name="StartTime">Its start, in ticks since the machine's.</param>
/// <param name="Command">Its command line.</param>
internal sealed record ProcessEntry(int Id, string StartTime, string Command)
{
    /// <summary>Whether a text is in its command line.</summary>
    public bool Runs(string text) => Command.Contains(text, StringComparison.Ordinal);

    public override string ToString() => $"{Id} {Command}";
}

/// <summary>What the kernel tells of processes.</summary>
internal static class ProcessTable
{
    /// <summary>The children of a process, such as those that PostgreSQL has for its connections.</summary>
    public static IReadOnlyList<int> ChildrenOf(int id)
    {
        try
        {
            return
            [
                .. File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/task/{id}/children"))
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(child => int.Parse(child, CultureInfo.InvariantCulture)),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>The environment with which a process was started.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentOf(int id)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/environ"))
                .Split('\0', StringSplitOptions.RemoveEmptyEntries)
                .Select(variable => variable.Split('=', 2))
                .Where(pair => pair.Length == 2)
                .DistinctBy(pair => pair[0], StringComparer.Ordinal)
                .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }
    }

    /// <summary>All processes.</summary>
    public static IEnumerable<ProcessEntry> All() =>
        Directory
            .EnumerateDirectories("/proc")
            .Select(folder =>
                int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? Read(id) : null
            )
            .OfType<ProcessEntry>();

    /// <summary>
    /// All processes that have a variable in their environment, as children have those of their parents.
    /// </summary>
    public static IReadOnlyList<ProcessEntry> With(string variable, string value) =>
        [.. All().Where(process => EnvironmentOf(process.Id).GetValueOrDefault(variable) == value)];

    /// <summary>Those of some processes that still are; a zombie is not.</summary>
    public static IReadOnlyList<ProcessEntry> StillThere(IEnumerable<ProcessEntry> processes) =>
        [.. processes.Where(process => Read(process.Id)?.StartTime == process.StartTime)];

    private static ProcessEntry? Read(int id)
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
            return new ProcessEntry(id, fields[19], command);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
