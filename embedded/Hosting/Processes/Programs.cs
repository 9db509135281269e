namespace Aspire.Hosting.Processes;

/// <summary>Finds programs.</summary>
internal static class Programs
{
    /// <summary>The .NET host that this process runs on.</summary>
    public static string DotNet { get; } = Path.GetFullPath(
        Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "dotnet"));

    /// <summary>The folders of the PATH.</summary>
    public static IEnumerable<string> SearchPath =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The first of some programs that is in one of some folders.</summary>
    public static string? Find(IEnumerable<string> folders, params IEnumerable<string> names) =>
        folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="DistributedApplicationException">It did not end well; the message has what it wrote.</exception>
    public static async Task RunAsync(ProcessStart start, OrphanGuard guard, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        using var process = ChildProcess.Start(start, guard, (line, _) =>
        {
            lock (lines)
            {
                lines.Add(line);
            }
        });

        int code;
        try
        {
            code = await process.Exited.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await process.StopAsync(TimeSpan.Zero);
            throw;
        }

        if (code != 0)
        {
            throw new DistributedApplicationException(
                $"'{start.FileName}' ended with exit code {code}:{Environment.NewLine}{string.Join(Environment.NewLine, lines)}");
        }
    }
}
