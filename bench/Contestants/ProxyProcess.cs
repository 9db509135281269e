using System.Diagnostics;
using System.Net.Sockets;

namespace Softy.Bench.Contestants;

/// <summary>
/// A program to measure, with all its workers. It ends when this process ends, even when that is killed.
/// </summary>
internal sealed class ProxyProcess : IDisposable
{
    // A subshell reads from a pipe that closes when this process ends, and then stops the program.
    private const string Script = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        child=$!
        (read -r _ <&3; kill "$child" 2>/dev/null) &
        reader=$!
        wait "$child"
        kill "$reader" 2>/dev/null
        """;

    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(20);

    private readonly Process _shell;

    private ProxyProcess(Process shell) => _shell = shell;

    /// <summary>The ids of the program's processes.</summary>
    public IReadOnlyList<int> ProcessIds => [.. Measuring.ProcessTree.DescendantsOf(_shell.Id)];

    /// <summary>Starts a program, and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">The program does not start. The message has its output.</exception>
    public static async Task<ProxyProcess> StartAsync(
        string program,
        IEnumerable<string> arguments,
        int port,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, program, program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var shell = Process.Start(start)!;
        var process = new ProxyProcess(shell);
        var output = new Tail();
        shell.OutputDataReceived += (_, line) => output.Add(line.Data);
        shell.ErrorDataReceived += (_, line) => output.Add(line.Data);
        shell.BeginOutputReadLine();
        shell.BeginErrorReadLine();

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_startTimeout);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port, timeout.Token);
                return process;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                if (timeout.IsCancellationRequested || shell.HasExited)
                {
                    process.Dispose();
                    cancellationToken.ThrowIfCancellationRequested();
                    throw new InvalidOperationException(
                        $"{program} does not listen on port {port}. Its output: {output}",
                        e
                    );
                }

                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    public void Dispose()
    {
        _shell.StandardInput.Close();
        if (!_shell.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _shell.Kill(entireProcessTree: true);
        }

        _shell.Dispose();
    }

    /// <summary>The last lines of a program's output.</summary>
    private sealed class Tail
    {
        private const int Capacity = 20;

        private readonly Queue<string> _lines = new();

        public void Add(string? line)
        {
            lock (_lines)
            {
                if (line is null)
                {
                    return;
                }

                _lines.Enqueue(line);
                if (_lines.Count > Capacity)
                {
                    _lines.Dequeue();
                }
            }
        }

        public override string ToString()
        {
            lock (_lines)
            {
                return _lines.Count == 0 ? "nothing" : string.Join(Environment.NewLine, _lines);
            }
        }
    }
}
