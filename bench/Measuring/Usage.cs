using System.Globalization;

namespace Softy.Bench.Measuring;

/// <summary>Reads the CPU time and memory of processes from <c>/proc</c>.</summary>
internal static class Usage
{
    // Times in /proc are in units of 1/100 s on all common platforms.
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of CPU time, in user mode and kernel together.</summary>
    public static double CpuSeconds(IEnumerable<int> processes) =>
        processes.Sum(process =>
        {
            var fields = Read(process, "stat") is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ') : null;
            return fields is null ? 0 : (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
        });

    /// <summary>Bytes of memory in use now.</summary>
    public static Memory Memory(IReadOnlyCollection<int> processes) =>
        new(
            processes.Sum(process => Bytes(process, "status", "VmRSS:")),
            processes.Sum(process => Bytes(process, "smaps_rollup", "Pss:"))
        );

    /// <summary>The peak of resident memory so far, in bytes. Shared pages count for each process.</summary>
    public static long PeakBytes(IEnumerable<int> processes) =>
        processes.Sum(process => Bytes(process, "status", "VmHWM:"));

    private static long Bytes(int process, string file, string key)
    {
        var line = Read(process, file)
            ?.Split('\n')
            .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
        return line is null ? 0 : (long)Number(line[key.Length..].Trim().Split(' ')[0]) * 1024;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string? Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/{file}");
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }
}
