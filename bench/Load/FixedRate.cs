using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Softy.Bench.Contestants;
using Softy.Bench.Measuring;

namespace Softy.Bench.Load;

/// <summary>
/// Sends requests at a fixed rate, whether or not the contestant keeps up. A latency counts from the moment when the
/// request was due. A tool that waits for each response before it sends the next request would hide the requests that
/// a stalled server makes wait.
/// </summary>
internal static class FixedRate
{
    private const int BufferSize = 64 * 1024;
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(1);

    /// <summary>Measures a contestant after a second of warm-up at the same rate.</summary>
    /// <param name="contestant">The server to measure.</param>
    /// <param name="path">The path of the requests.</param>
    /// <param name="perSecond">The number of requests per second, over all connections.</param>
    /// <param name="connections">The number of connections.</param>
    /// <param name="duration">How long to measure.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public static Task<Sample> MeasureAsync(
        Contestant contestant,
        string path,
        double perSecond,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) =>
        // A thread of its own, because it polls the sockets.
        Task.Factory.StartNew(
            () => Measure(contestant, path, perSecond, connections, duration, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    private static Sample Measure(
        Contestant contestant,
        string path,
        double perSecond,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {contestant.Address.Authority}\r\n\r\n");
        using var load = new Connections(contestant.Address, request, connections);
        load.Run(perSecond, _warmUp, cancellationToken);
        load.Latencies.Clear();

        var before = (
            Proxy: Usage.CpuSeconds(contestant.Proxy()),
            Replicas: Usage.CpuSeconds(contestant.Replicas()),
            Client: Environment.CpuUsage.TotalTime
        );
        var started = Stopwatch.GetTimestamp();
        load.Run(perSecond, duration, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var latencies = load.Latencies;
        latencies.Sort();
        var count = Math.Max(1, latencies.Count);
        return new Sample(
            latencies.Count / elapsed.TotalSeconds,
            At(0.5),
            At(0.99),
            At(0.999),
            load.Errors,
            (Usage.CpuSeconds(contestant.Proxy()) - before.Proxy) / count * 10_000,
            (Usage.CpuSeconds(contestant.Replicas()) - before.Replicas) / count * 10_000,
            (Environment.CpuUsage.TotalTime - before.Client).TotalSeconds / count * 10_000
        );

        double At(double fraction) =>
            latencies.Count == 0 ? 0 : latencies[Math.Min(count - 1, (int)(count * fraction))];
    }

    /// <summary>Persistent connections, each with at most one request in flight.</summary>
    private sealed class Connections : IDisposable
    {
        private readonly byte[] _request;
        private readonly List<Socket> _idle = [];
        private readonly Dictionary<Socket, (long Due, int Received)> _busy = [];
        private readonly Dictionary<Socket, byte[]> _buffers = [];

        public Connections(Uri address, byte[] request, int count)
        {
            _request = request;
            for (var i = 0; i < count; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Connect(address.Host, address.Port);
                _idle.Add(socket);
                _buffers.Add(socket, new byte[BufferSize]);
            }
        }

        /// <summary>The latency of each response in milliseconds.</summary>
        public List<double> Latencies { get; } = [];

        public long Errors { get; private set; }

        /// <summary>Sends requests for some time, and then waits for the responses.</summary>
        public void Run(double perSecond, TimeSpan duration, CancellationToken cancellationToken)
        {
            var interval = Stopwatch.Frequency / perSecond;
            var start = Stopwatch.GetTimestamp();
            var total = (long)(perSecond * duration.TotalSeconds);
            long sent = 0;
            var readable = new List<Socket>();
            while (sent < total || _busy.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (; sent < total && _idle.Count > 0 && Due(sent) <= Stopwatch.GetTimestamp(); sent++)
                {
                    var socket = _idle[^1];
                    _idle.RemoveAt(_idle.Count - 1);
                    socket.Send(_request);
                    _busy.Add(socket, (Due(sent), 0));
                }

                var wait =
                    sent < total && _idle.Count > 0
                        ? TimeSpan.FromSeconds(
                            Math.Max(0, (Due(sent) - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency)
                        )
                        : TimeSpan.FromMilliseconds(10);
                if (_busy.Count == 0)
                {
                    Thread.Sleep(wait);
                    continue;
                }

                readable.Clear();
                readable.AddRange(_busy.Keys);
                Socket.Select(readable, null, null, wait);
                readable.ForEach(Receive);
            }

            long Due(long number) => start + (long)(number * interval);
        }

        public void Dispose()
        {
            foreach (var socket in _buffers.Keys)
            {
                socket.Dispose();
            }
        }

        private void Receive(Socket socket)
        {
            var (due, received) = _busy[socket];
            var buffer = _buffers[socket];
            received += socket.Receive(buffer.AsSpan(received));
            var response = buffer.AsSpan(0, received);
            if (!IsComplete(response))
            {
                _busy[socket] = (due, received);
                return;
            }

            _busy.Remove(socket);
            _idle.Add(socket);
            Latencies.Add((Stopwatch.GetTimestamp() - due) * 1000d / Stopwatch.Frequency);
            if (!response.StartsWith("HTTP/1.1 200"u8))
            {
                Errors++;
            }
        }

        private static bool IsComplete(ReadOnlySpan<byte> response)
        {
            var head = response.IndexOf("\r\n\r\n"u8);
            if (head < 0)
            {
                return false;
            }

            var body = response[(head + 4)..];
            foreach (var range in response[..head].Split("\r\n"u8))
            {
                var line = Encoding.ASCII.GetString(response[range]);
                if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                {
                    return body.Length
                        >= int.Parse(line.AsSpan("Content-Length:".Length), CultureInfo.InvariantCulture);
                }
            }

            return body.EndsWith("0\r\n\r\n"u8);
        }
    }
}
