using System.Diagnostics;

namespace Aspire.Hosting.Processes;

/// <summary>A running process, the leader of a group of its own.</summary>
internal sealed class ChildProcess : IDisposable
{
    // How long output may still come after the end, from those whom the process has started.
    private static readonly TimeSpan _trailingOutput = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly int _stopSignal;

    private ChildProcess(Process process, int stopSignal)
    {
        _process = process;
        _stopSignal = stopSignal;
        Id = process.Id;
        Exited = Task.FromResult(0);
    }

    public int Id { get; }

    /// <summary>Completes with the exit code; 128 and the signal's number when a signal ended it.</summary>
    public Task<int> Exited { get; private set; }

    /// <summary>Starts a process.</summary>
    /// <param name="start">What to run.</param>
    /// <param name="guard">What ends it when the host is gone.</param>
    /// <param name="write">Takes every line, and whether it came from the standard error.</param>
    public static ChildProcess Start(ProcessStart start, OrphanGuard guard, Action<string, bool> write)
    {
        string[] prefix = start.User is { } user
            ? ["setpriv", $"--reuid={user}", $"--regid={user}", "--init-groups", "--", start.FileName]
            : [start.FileName];
        var info = new ProcessStartInfo("setsid", [.. prefix, .. start.Arguments])
        {
            WorkingDirectory = start.WorkingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Clear();
        foreach (var (name, value) in start.Environment)
        {
            info.Environment[name] = value;
        }

        info.Environment[OrphanGuard.MarkVariable] = guard.Mark;

        var child = new ChildProcess(
            Process.Start(info) ?? throw new InvalidOperationException($"'{start.FileName}' did not start."),
            start.StopSignal);
        guard.Add(child.Id);
        child.Exited = child.WatchAsync(guard, write);
        if (start.Input is not null)
        {
            child._process.StandardInput.Write(start.Input);
        }

        child._process.StandardInput.Close();
        return child;
    }

    /// <summary>Asks the process to end, and ends it and its group when the time for that is over.</summary>
    public async Task StopAsync(TimeSpan gracePeriod)
    {
        if (!Exited.IsCompleted)
        {
            Libc.Signal(Id, _stopSignal);
        }

        try
        {
            await Exited.WaitAsync(gracePeriod);
        }
        catch (TimeoutException)
        {
            Libc.SignalGroup(Id, Libc.Kill);
            await Exited;
        }
    }

    public void Dispose() => _process.Dispose();

    private static async Task ReadAsync(StreamReader reader, Action<string, bool> write, bool isError)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            write(line, isError);
        }
    }

    private async Task<int> WatchAsync(OrphanGuard guard, Action<string, bool> write)
    {
        // Reading must not hold up the caller, nor a full pipe the process.
        await Task.Yield();
        var output = Task.WhenAll(
            ReadAsync(_process.StandardOutput, write, isError: false),
            ReadAsync(_process.StandardError, write, isError: true));
        await _process.WaitForExitAsync();

        // Whoever is left of the group has lost the one that stood for it.
        Libc.SignalGroup(Id, Libc.Kill);
        await Task.WhenAny(output, Task.Delay(_trailingOutput));
        guard.Remove(Id);
        return _process.ExitCode;
    }
}

/// <summary>What to run.</summary>
internal sealed record ProcessStart
{
    /// <summary>The full path of the program.</summary>
    public required string FileName { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What the process reads from its standard input; it is empty if null.</summary>
    public string? Input { get; init; }

    /// <summary>The account to run it under; the host's own if null.</summary>
    public string? User { get; init; }

    /// <summary>The signal that asks it to end.</summary>
    public int StopSignal { get; init; } = Libc.Terminate;
}
