using System.Diagnostics;
using System.Net.Sockets;

namespace Softy.Bench.Contestants;

/// <summary>A program that is measured, with all its workers. It ends with this process, however that ends.</summary>
internal sealed class ProxyProcess : IDisposable
{
    // A part of the shell reads from a pipe that ends with this process, and then ends the program.
    private const string Guard = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        child=$!
        (read -r _ <&3; kill "$child" 2>/dev/null) &
        reader=$!
        wait "$child"
        kill "$reader" 2>/dev/null
        """;

    private static readonly TimeSpan _longestStart = TimeSpan.FromSeconds(20);

    private readonly Process _shell;

    private ProxyProcess(Process shell) => _shell = shell;

    /// <summary>The ids of the program's processes.</summary>
    public IReadOnlyList<int> ProcessIds => [.. Measuring.ProcessTree.ChildrenOf(_shell.Id)];

    /// <summary>Starts a program, and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It does not start; the message has what it said.</exception>
    public static async Task<ProxyProcess> StartAsync(
        string program,
        IEnumerable<string> arguments,
        int port,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, program, program, .. arguments])
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

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_longestStart);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port, patience.Token);
                return process;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                if (patience.IsCancellationRequested || shell.HasExited)
                {
                    process.Dispose();
                    cancellationToken.ThrowIfCancellationRequested();
                    throw new InvalidOperationException(
                        $"{program} does not listen on port {port}. It said: {output}",
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

    /// <summary>The last lines that a program wrote.</summary>
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
