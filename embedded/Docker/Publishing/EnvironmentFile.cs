namespace Aspire.Hosting.Docker.Publishing;

/// <summary>
/// The file beside a compose file that gives values to its variables. As in Aspire, what is in it stays, and keys that
/// come new are empty, to be filled in.
/// </summary>
internal static class EnvironmentFile
{
    public static async Task WriteAsync(
        string path, IEnumerable<CapturedEnvironmentVariable> variables, CancellationToken cancellationToken)
    {
        var entries = new SortedDictionary<string, (string Value, string? Comment)>(StringComparer.Ordinal);
        if (File.Exists(path))
        {
            string? comment = null;
            foreach (var line in await File.ReadAllLinesAsync(path, cancellationToken))
            {
                var text = line.Trim();
                if (text.StartsWith('#'))
                {
                    comment = text[1..].Trim();
                }
                else
                {
                    if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                    {
                        entries[text[..equals].TrimEnd()] = (text[(equals + 1)..], comment);
                    }

                    comment = null;
                }
            }
        }

        foreach (var variable in variables)
        {
            entries.TryAdd(variable.Name, (string.Empty, variable.Description));
        }

        if (entries.Count > 0)
        {
            await File.WriteAllLinesAsync(path, entries.SelectMany(Lines), cancellationToken);
        }
    }

    private static IEnumerable<string> Lines(KeyValuePair<string, (string Value, string? Comment)> entry)
    {
        if (!string.IsNullOrWhiteSpace(entry.Value.Comment))
        {
            yield return $"# {entry.Value.Comment}";
        }

        yield return $"{entry.Key}={entry.Value.Value}";
        yield return string.Empty;
    }
}
