using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>
/// The AppHost as a process of its own, as a user starts it, with its stores as processes and no dashboard.
/// </summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    // Processes that the AppHost starts inherit this variable, so the test can find them.
    private const string Mark = "SOFTY_TEST_RUN";

    private static readonly TimeSpan _longestStart = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly string _run;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Channel<string> _news = Channel.CreateUnbounded<string>();
    private readonly Task _reading;

    private AppHostProcess(Process process, string run)
    {
        _process = process;
        _run = run;
        _reading = ReadAsync();
    }

    public int Id => _process.Id;

    public string Output => string.Join(Environment.NewLine, _lines);

    /// <summary>All processes that this AppHost has started, directly or indirectly.</summary>
    public IReadOnlyList<ProcessEntry> Processes =>
        [.. ProcessTable.With(Mark, _run).Where(process => process.Id != Id)];

    /// <summary>Starts the built AppHost.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Further environment variables.</param>
    /// <param name="wrapper">A program, with arguments, that runs the AppHost.</param>
    public static AppHostProcess Start(
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)>? variables = null,
        params string[] wrapper
    )
    {
        var output = AppContext.BaseDirectory.Replace("Softy.Tests", "Softy.AppHost", StringComparison.Ordinal);
        string[] command = [.. wrapper, DotNet, Path.Combine(output, "Softy.AppHost.dll")];
        var run = Guid.NewGuid().ToString("N");
        var start = new ProcessStartInfo(command[0], [.. command[1..], "--Stores=process", .. arguments])
        {
            WorkingDirectory = Projects.Softy_AppHost.ProjectPath,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment =
            {
                [Mark] = run,

                // The AppHost reads and writes the user's secrets only in the Development environment.
                ["DOTNET_ENVIRONMENT"] = "Production",
                ["Dashboard__Enabled"] = "false",
                ["DcpPublisher__RandomizePorts"] = "true",

                // The replicas inherit this variable: a healthy store may be slow on a busy machine.
                ["Stores__PostgresTimeout"] = "00:00:20",
            },
        };
        foreach (var (name, value) in variables ?? [])
        {
            start.Environment[name] = value;
        }

        return new AppHostProcess(Process.Start(start)!, run);
    }

    /// <summary>Waits until the application prints its address.</summary>
    public async Task<Uri> WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        const string Ready = "Softy is ready at ";
        var line = await WaitForAsync(Ready, cancellationToken);
        return new Uri(line[(line.IndexOf(Ready, StringComparison.Ordinal) + Ready.Length)..].Trim());
    }

    /// <summary>Waits for a line that contains a text.</summary>
    public async Task<string> WaitForAsync(string text, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_longestStart);
        try
        {
            await foreach (var line in _news.Reader.ReadAllAsync(patience.Token))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The exception below shows the output.
        }

        throw new ShouldAssertException($"'{text}' was not written, but:{Environment.NewLine}{Output}");
    }

    /// <summary>Sends a signal, such as <c>INT</c>.</summary>
    public void Signal(string signal) => Signal(signal, Id);

    /// <summary>Sends a signal to any process.</summary>
    public static void Signal(string signal, int id)
    {
        using var kill = Process.Start("kill", [$"-{signal}", id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits until the AppHost ends. Processes that it started may still run.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_longestStart);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits for the end of the output of the AppHost and of the processes that it started.</summary>
    public Task WaitForOutputAsync(CancellationToken cancellationToken) =>
        _reading.WaitAsync(_longestStart, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal("TERM");
            using var patience = new CancellationTokenSource(_longestStart);
            await _process.WaitForExitAsync(patience.Token);
        }

        _process.Dispose();
    }

    private static string DotNet =>
        Path.GetFullPath(
            Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "dotnet")
        );

    private async Task ReadAsync()
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
        _news.Writer.TryComplete();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            _news.Writer.TryWrite(line);
        }
    }
}
