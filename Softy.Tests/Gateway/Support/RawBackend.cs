using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Softy.Tests.Gateway.Support;

/// <summary>A request exactly as it arrived: the head as text, and the body without its framing.</summary>
internal sealed record RawRequest(string Head, byte[] Body)
{
    public string RequestLine => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    public string Method => RequestLine.Split(' ')[0];

    public string Target => RequestLine.Split(' ')[1];

    public string Text => Encoding.Latin1.GetString(Body);

    public string[] Header(string name) =>
        [
            .. Head.Split("\r\n")
                .Skip(1)
                .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                .Select(line => line[(name.Length + 1)..].Trim()),
        ];
}

/// <summary>
/// A replica at the level of bytes: it records requests, and the test defines whether and how it answers them. It
/// answers probes with success, and does not record them.
/// </summary>
internal sealed class RawBackend : RawServer
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    public RawBackend(Func<RawRequest, RawConnection, Task>? answer = null)
    {
        Answer = answer ?? ((_, connection) => connection.SendAsync(Ok));
        Start();
    }

    /// <summary>A replica that resets the connection of every request.</summary>
    public static RawBackend Resetting() =>
        new(
            (_, connection) =>
            {
                connection.Reset();
                return Task.CompletedTask;
            }
        );

    public Func<RawRequest, RawConnection, Task> Answer { get; set; }

    /// <summary>The requests other than probes.</summary>
    public ConcurrentQueue<RawRequest> Requests { get; } = new();

    /// <summary>Whether the replica answers without reading the body of the request.</summary>
    public bool SkipsBodies { get; set; }

    protected override async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        var connection = new RawConnection(client, stopping);
        while (await connection.ReadHeadAsync() is { } head)
        {
            if (head.StartsWith("GET /health ", StringComparison.Ordinal))
            {
                await connection.SendAsync(Ok);
                continue;
            }

            var request = new RawRequest(head, SkipsBodies ? [] : await connection.ReadBodyAsync(head));
            Requests.Enqueue(request);
            await Answer(request, connection);
        }
    }
}

/// <summary>The replica's side of a connection.</summary>
internal sealed class RawConnection(TcpClient client, CancellationToken stopping)
{
    private readonly NetworkStream _stream = client.GetStream();

    public Task SendAsync(string text) => _stream.WriteAsync(Encoding.Latin1.GetBytes(text), stopping).AsTask();

    /// <summary>Keeps the connection open without an answer.</summary>
    public Task HangAsync() => Task.Delay(Timeout.Infinite, stopping);

    /// <summary>Closes the connection without an answer.</summary>
    public void Close() => client.Client.Shutdown(SocketShutdown.Both);

    /// <summary>Resets the connection, as the kernel does for a killed process.</summary>
    public void Reset()
    {
        client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Close();
    }

    public async Task<string?> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (await ReadByteAsync() is { } value)
        {
            head.Append((char)value);
            if (head.Length >= 4 && head[^1] == '\n' && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
            {
                return head.ToString();
            }
        }

        return null;
    }

    public async Task<byte[]> ReadBodyAsync(string head)
    {
        var request = new RawRequest(head, []);
        if (request.Header("Expect").Length > 0)
        {
            await SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        }

        if (request.Header("Transfer-Encoding") is [.., "chunked"])
        {
            var body = new List<byte>();
            while (true)
            {
                var size = int.Parse(
                    (await ReadLineAsync()).Split(';')[0],
                    NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture
                );
                body.AddRange(await ReadAsync(size));
                await ReadLineAsync();
                if (size == 0)
                {
                    return [.. body];
                }
            }
        }

        return request.Header("Content-Length") is [var length]
            ? await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture))
            : [];
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, stopping);
        return bytes;
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (await ReadByteAsync() is { } value && value != '\n')
        {
            line.Append((char)value);
        }

        return line.ToString().TrimEnd('\r');
    }

    private async Task<byte?> ReadByteAsync()
    {
        var one = new byte[1];
        return await _stream.ReadAsync(one, stopping) == 0 ? null : one[0];
    }
}
