using System.Globalization;

namespace Softy.AppHost.Running;

/// <summary>Finds the process that listens on a port.</summary>
internal static class PortOwner
{
    private const string Listening = "0A";

    private static readonly string[] _tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>Describes the process that listens on a port, if this user may see it.</summary>
    /// <param name="port">The TCP port.</param>
    /// <returns>The ID and the command of the process, or a generic description if it was not found.</returns>
    public static string Describe(int port)
    {
        if (OperatingSystem.IsLinux() && Find(port) is { } process)
        {
            return process;
        }

        return "another process";
    }

    private static string? Find(int port)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        var sockets = _tables
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields =>
                fields.Length > 9 && fields[3] == Listening && fields[1].EndsWith(suffix, StringComparison.Ordinal)
            )
            .Select(fields => $"socket:[{fields[9]}]")
            .ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0)
        {
            return null;
        }

        foreach (
            var folder in Directory
                .EnumerateDirectories("/proc")
                .Where(name => Path.GetFileName(name).All(char.IsAsciiDigit))
        )
        {
            try
            {
                if (
                    Directory
                        .EnumerateFiles(Path.Combine(folder, "fd"))
                        .Any(file => TargetOf(file) is { } target && sockets.Contains(target))
                )
                {
                    var command = File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0')[0];
                    return $"process {Path.GetFileName(folder)} ({command})";
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The process has ended or belongs to another user.
            }
        }

        return null;
    }

    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name;
        }
        catch (IOException)
        {
            return null; // The process has closed the file since, and may have the socket among the others.
        }
    }
}
