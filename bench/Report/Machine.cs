using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Softy.Bench.Report;

/// <summary>Describes the machine and the versions of the programs.</summary>
internal static class Machine
{
    public static IEnumerable<(string What, string Is)> Describe()
    {
        yield return ("date", DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        yield return (
            "processor",
            $"{Processor()}, {Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)} cores"
        );
        yield return (
            "memory",
            Line("/proc/meminfo", "MemTotal:") is { } memory
                ? string.Create(CultureInfo.InvariantCulture, $"{KiB(memory) / 1024} MiB")
                : "unknown"
        );
        yield return (
            "system",
            $"{(Line("/etc/os-release", "PRETTY_NAME=") ?? "unknown").Trim('"')}, "
                + $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}"
        );
        yield return (".NET", RuntimeInformation.FrameworkDescription);
        yield return ("nginx", Ask("nginx", "-v"));
        yield return ("HAProxy", Ask("haproxy", "-v"));
        yield return ("Caddy", Ask("caddy", "version"));
        yield return (
            "Flask",
            Ask(
                "/usr/bin/python3",
                "-c",
                "import flask, sys, warnings; warnings.simplefilter('ignore'); "
                    + "print(flask.__version__, 'on Python', sys.version.split()[0])"
            )
        );
        yield return ("wrk", Ask("wrk", "-v"));
    }

    private static string Processor() => Line("/proc/cpuinfo", "model name")?.TrimStart(' ', '\t', ':') ?? "unknown";

    private static long KiB(string line) =>
        long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);

    private static string? Line(string file, string key) =>
        !File.Exists(file)
            ? null
            : File.ReadLines(file)
                .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))
                ?[key.Length..].Trim();

    /// <summary>Runs a program and returns the first line of its output.</summary>
    private static string Ask(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output + errors.GetAwaiter().GetResult()).Split('\n')[0].Trim();
    }
}
