using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Softy.Bench.Load;

/// <summary>
/// Persistent connections, each with at most one request in flight, used by one thread. It blocks while there is
/// nothing to do, and allocates nothing for a request, so that it takes little of what it measures.
/// </summary>
internal sealed class FixedRateConnections : IDisposable
{
    private const int BufferSize = 16 * 1024;
    private const string LengthHeader = "\r\nContent-Length: ";

    // How long to wait while only responses can change something, in order to notice a cancellation.
    private static readonly long _longestWait = Stopwatch.Frequency / 100;

    // After this time, requests without a response are errors.
    private static readonly long _timeout = 10 * Stopwatch.Frequency;

    private readonly Uri _address;
    private readonly byte[] _request;
    private readonly Socket[] _sockets;
    private readonly long[] _due;
    private readonly int[] _received;
    private readonly byte[] _buffers;
    private readonly int[] _idle;
    private readonly int[] _busy;
    private readonly Posix.Polled[] _polled; // the sockets of _busy
    private readonly long[] _latencies;
    private int _idleCount;
    private int _busyCount;
    private int _latencyCount;

    /// <summary>Connects.</summary>
    /// <param name="address">The server.</param>
    /// <param name="path">The path of the requests.</param>
    /// <param name="count">The number of connections.</param>
    /// <param name="most">The most requests of one run.</param>
    public FixedRateConnections(Uri address, string path, int count, int most)
    {
        _address = address;
        _request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        _sockets = new Socket[count];
        _due = new long[count];
        _received = new int[count];
        _buffers = new byte[count * BufferSize];
        _idle = new int[count];
        _busy = new int[count];
        _polled = new Posix.Polled[count];
        _latencies = new long[most];
        for (var i = 0; i < count; i++)
        {
            _sockets[i] = Connect();
            _idle[_idleCount++] = i;
        }
    }

    /// <summary>The number of requests without a response, or with another status than 200.</summary>
    public long Errors { get; private set; }

    /// <summary>The latencies of the last run in milliseconds, in ascending order.</summary>
    public IReadOnlyList<double> Latencies =>
        [.. _latencies.Take(_latencyCount).Order().Select(ticks => ticks * 1000d / Stopwatch.Frequency)];

    /// <summary>Sends requests for some time, and then waits for the responses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(double perSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        (_latencyCount, Errors) = (0, 0);
        var interval = Stopwatch.Frequency / perSecond;
        var total = Math.Min((int)(perSecond * duration.TotalSeconds), _latencies.Length);
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(total * interval) + _timeout;
        var sent = 0;
        while (sent < total || _busyCount > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var now = Stopwatch.GetTimestamp();
            var due = start + (long)(sent * interval);
            if (now > end)
            {
                Errors += total - sent + _busyCount;
                Abandon();
                return;
            }

            if (sent < total && _idleCount > 0 && due <= now)
            {
                Send(due);
                sent++;
                continue;
            }

            var wait = sent < total && _idleCount > 0 ? due - now : _longestWait;
            var ready = Posix.Wait(_polled.AsSpan(0, _busyCount), wait);
            // Backwards, because a connection that becomes idle is replaced by the last one.
            for (var i = _busyCount - 1; i >= 0 && ready > 0; i--)
            {
                if (_polled[i].IsReady)
                {
                    ready--;
                    Receive(i);
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private Socket Connect()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(_address.Host, _address.Port);
        return socket;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Send(long due)
    {
        var connection = _idle[--_idleCount];
        var socket = (int)_sockets[connection].Handle;
        (_due[connection], _received[connection]) = (due, 0);
        _busy[_busyCount] = connection;
        _polled[_busyCount++] = new Posix.Polled(socket);
        if (!Posix.TrySend(socket, _request))
        {
            Reconnect(_busyCount - 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Receive(int busy)
    {
        var connection = _busy[busy];
        var buffer = _buffers.AsSpan(connection * BufferSize, BufferSize);
        var received = Posix.Receive((int)_sockets[connection].Handle, buffer[_received[connection]..]);
        if (received < 0)
        {
            Reconnect(busy);
            return;
        }

        _received[connection] += received;
        var response = buffer[.._received[connection]];
        if (!IsComplete(response))
        {
            return;
        }

        _latencies[_latencyCount++] = Stopwatch.GetTimestamp() - _due[connection];
        if (!response.StartsWith("HTTP/1.1 200"u8))
        {
            Errors++;
        }

        Rest(busy);
    }

    /// <summary>Counts an error, and replaces a connection that has ended or whose response is too large.</summary>
    private void Reconnect(int busy)
    {
        Errors++;
        _sockets[_busy[busy]].Dispose();
        _sockets[_busy[busy]] = Connect();
        Rest(busy);
    }

    private void Abandon()
    {
        while (_busyCount > 0)
        {
            Reconnect(_busyCount - 1);
            Errors--; // already counted
        }
    }

    private void Rest(int busy)
    {
        _idle[_idleCount++] = _busy[busy];
        _busyCount--;
        (_busy[busy], _polled[busy]) = (_busy[_busyCount], _polled[_busyCount]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool IsComplete(ReadOnlySpan<byte> response)
    {
        var head = response.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var rest = response[..head];
        for (var line = rest.IndexOf((byte)'\r'); line >= 0; line = rest.IndexOf((byte)'\r'))
        {
            rest = rest[line..];
            if (
                rest.Length > LengthHeader.Length
                && Ascii.EqualsIgnoreCase(rest[..LengthHeader.Length], LengthHeader)
                && Utf8Parser.TryParse(rest[LengthHeader.Length..], out int length, out _)
            )
            {
                return response.Length - head - 4 >= length;
            }

            rest = rest[1..];
        }

        return response.EndsWith("0\r\n\r\n"u8);
    }
}
