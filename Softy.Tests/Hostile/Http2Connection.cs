using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Hostile;

/// <summary>An HTTP/2 client at the level of frames, which can send frames that no library would send.</summary>
internal sealed class Http2Connection : IDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte Continuation = 9;

    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _client = new();

    private Http2Connection() { }

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
    /// <returns>The status codes of the responses until then.</returns>
    /// <exception cref="TimeoutException">The server refused nothing.</exception>
    public static async Task<IReadOnlyList<int>> SendUntilRefusedAsync(Uri gateway, byte[] bytes)
    {
        using var connection = new Http2Connection();
        await using var stream = await connection.OpenAsync(gateway);
        var types = new List<byte>();
        var statuses = new List<int>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(_patience);
        try
        {
            // The server may stop reading before everything is sent.
            var writing = stream.WriteAsync(bytes, patience.Token).AsTask();
            var head = new byte[9];
            while (!types.Contains(Reset) && !types.Contains(GoAway))
            {
                await stream.ReadExactlyAsync(head, patience.Token);
                types.Add(head[3]);
                var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
                await stream.ReadExactlyAsync(payload, patience.Token);
                if (head[3] == Headers)
                {
                    statuses.Add(Status(payload));
                }
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

        return statuses;
    }

    /// <summary>Sends one request, and waits for the end of the response.</summary>
    /// <returns>The status code; 0 if the stream is reset.</returns>
    /// <exception cref="EndOfStreamException">The connection is closed.</exception>
    public static async Task<int> AskAsync(Uri gateway, params (string Name, string Value)[] headers)
    {
        using var connection = new Http2Connection();
        await using var stream = await connection.OpenAsync(gateway);
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
                status = Status(payload);
            }
        } while (head[3] != Reset && !(head[3] is Headers or Data && (head[4] & EndStream) != 0));

        return status;
    }

    // The status is the first field of a response: an entry of HPACK's static table, or the table's name and a value of
    // three digits, which Kestrel does not compress.
    private static int Status(ReadOnlySpan<byte> payload) =>
        payload switch
        {
            [0x88, ..] => 200,
            [0x8c, ..] => 400,
            [0x8d, ..] => 404,
            [0x8e, ..] => 500,
            [0x08 or 0x48, 3, var hundreds, var tens, var ones, ..] => ((hundreds - '0') * 100)
                + ((tens - '0') * 10)
                + ones
                - '0',
            _ => throw new InvalidOperationException($"The first field is {payload[0]}."),
        };

    public void Dispose() => _client.Dispose();

    private async Task<Stream> OpenAsync(Uri gateway)
    {
        await _client.ConnectAsync(gateway.Host, gateway.Port, Cancellation);
        if (gateway.Scheme == Uri.UriSchemeHttp)
        {
            return _client.GetStream();
        }

        var stream = new SslStream(_client.GetStream());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "a.example",
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => CertificateFolder.IsMadeUp(certificate),
            },
            Cancellation
        );
        stream.NegotiatedApplicationProtocol.ShouldBe(SslApplicationProtocol.Http2);
        return stream;
    }
}
