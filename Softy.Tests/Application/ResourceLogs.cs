namespace Softy.Tests.Application;

/// <summary>Keeps the last lines of the host and of every resource, for the message of a failed test.</summary>
public sealed class ResourceLogs() : LogRecorder(kept: 2_000)
{
    /// <summary>The last lines of all categories, or of those that match a text.</summary>
    public string Last(int count = 200, string category = "") =>
        string.Join(
            Environment.NewLine,
            Lines
                .Select(line => line.ToString())
                .Where(line => line.Contains(category, StringComparison.Ordinal))
                .TakeLast(count)
        );
}
