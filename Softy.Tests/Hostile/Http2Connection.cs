using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Softy.Tests.Hostile;

/// <summary>An HTTP/2 client at the level of frames, which can send frames that no library would send.</summary>
internal sealed class Http2Connection : IDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Priority = 2;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte PushPromise = 5;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;

    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _client = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static byte[] Preface { get; } = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0)];

    public static byte[] Frame(
        byte type,
        byte flags,
        int stream,
        ReadOnlySpan<byte> payload = default,
        int? length = null
    )
    {
        var frame = new byte[9 + payload.Length];
        var size = length ?? payload.Length;
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = (
            (byte)(size >> 16),
            (byte)(size >> 8),
            (byte)size,
            type,
            flags
        );
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>Encodes headers with HPACK, without compression.</summary>
    public static byte[] Encode(params (string Name, string Value)[] headers)
    {
        var block = new List<byte>();
        foreach (var (name, value) in headers)
        {
            block.Add(0);
            Add(name);
            Add(value);
        }

        return [.. block];

        void Add(string text)
        {
            var bytes = Encoding.Latin1.GetBytes(text);
            block.Add((byte)bytes.Length);
            block.AddRange(bytes);
        }
    }

    /// <summary>Sends bytes, and waits until the server refuses the stream or the connection.</summary>
    /// <returns>The types of the received frames.</returns>
    /// <exception cref="TimeoutException">The server refused nothing.</exception>
    public static async Task<IReadOnlyList<byte>> SendUntilRefusedAsync(Uri gateway, byte[] bytes)
    {
        using var connection = new Http2Connection();
        await connection._client.ConnectAsync(gateway.Host, gateway.Port, Cancellation);
        var types = new List<byte>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(_patience);
        try
        {
            var stream = connection._client.GetStream();
            // The server may stop reading before everything is sent.
            var writing = stream.WriteAsync(bytes, patience.Token).AsTask();
            var head = new byte[9];
            while (!types.Contains(Reset) && !types.Contains(GoAway))
            {
                await stream.ReadExactlyAsync(head, patience.Token);
                types.Add(head[3]);
                await stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]], patience.Token);
            }

            await writing;
        }
        catch (IOException)
        {
            // A closed connection counts as a refusal.
        }
        catch (OperationCanceledException exception) when (!Cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The gateway has refused nothing; it sent frames of the types {string.Join(", ", types)}.",
                exception
            );
        }

        return types;
    }

    /// <summary>Sends one request, and waits for the end of the response.</summary>
    /// <returns>The status code; 0 if the stream is reset.</returns>
    /// <exception cref="EndOfStreamException">The connection is closed.</exception>
    public static async Task<int> AskAsync(Uri gateway, params (string Name, string Value)[] headers)
    {
        using var connection = new Http2Connection();
        await connection._client.ConnectAsync(gateway.Host, gateway.Port, Cancellation);
        var stream = connection._client.GetStream();
        await stream.WriteAsync(
            (byte[])[.. Preface, .. Frame(Headers, EndStream | EndHeaders, 1, Encode(headers))],
            Cancellation
        );
        var status = 0;
        var head = new byte[9];
        do
        {
            await stream.ReadExactlyAsync(head, Cancellation);
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload, Cancellation);
            if (head[3] == Headers && status == 0)
            {
                status = Status(payload[0]);
            }
        } while (head[3] != Reset && !(head[3] is Headers or Data && (head[4] & EndStream) != 0));

        return status;
    }

    // The status is the first field of a response, if its value is in HPACK's static table.
    private static int Status(byte field) =>
        field switch
        {
            0x88 => 200,
            0x8c => 400,
            0x8d => 404,
            _ => throw new InvalidOperationException($"The first field is {field}."),
        };

    public void Dispose() => _client.Dispose();
}
