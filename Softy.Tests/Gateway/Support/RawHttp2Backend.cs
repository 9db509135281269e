using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Softy.Tests.Gateway.Support;

/// <summary>
/// A replica at the level of HTTP/2 frames: it records the requests, and the test defines whether and how it answers
/// them. A <see cref="Backend"/> answers the probes, and announces the port.
/// </summary>
internal sealed class RawHttp2Backend : RawServer
{
    private readonly Func<RawHttp2Request, Task> _answer;
    private Backend? _probed;
    private int _requests = -1;

    private RawHttp2Backend(Func<RawHttp2Request, Task> answer)
    {
        _answer = answer;
        Start();
    }

    /// <summary>The address by which the gateway knows the replica.</summary>
    public Uri ProbedUrl => _probed!.Url;

    /// <summary>How many requests have arrived, without the first one, by which the gateway checks the port.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static async Task<RawHttp2Backend> StartAsync(string name, Func<RawHttp2Request, Task> answer)
    {
        var backend = new RawHttp2Backend(answer);
        backend._probed = await Backend.StartAsync(name, probed => probed.AnnouncedHttp2Port = backend.Url.Port);
        return backend;
    }

    public override async ValueTask DisposeAsync()
    {
        await _probed!.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        var stream = client.GetStream();
        await stream.ReadExactlyAsync(new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length], stopping);
        await WriteAsync(stream, FrameType.Settings, streamId: 0);
        var header = new byte[9];
        while (true)
        {
            await stream.ReadExactlyAsync(header, stopping);
            var type = (FrameType)header[3];
            var isAck = (header[4] & 1) != 0;
            var streamId = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5));
            var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            await stream.ReadExactlyAsync(payload, stopping);
            if (type is FrameType.Settings or FrameType.Ping && !isAck)
            {
                await WriteAsync(stream, type, streamId: 0, type == FrameType.Ping ? payload : [], flags: 1);
            }
            else if (type == FrameType.Headers)
            {
                var request = new RawHttp2Request(client, streamId, stopping);
                await (Interlocked.Increment(ref _requests) == 0 ? AnswerCheckAsync(request) : _answer(request));
            }
        }
    }

    private Task AnswerCheckAsync(RawHttp2Request request) =>
        request.AnswerAsync(
            ("x-softy-instance", _probed!.Name),
            ("x-softy-http2-port", Url.Port.ToString(CultureInfo.InvariantCulture))
        );

    private static Task WriteAsync(
        NetworkStream stream,
        FrameType type,
        int streamId,
        byte[]? payload = null,
        byte flags = 0
    ) => RawHttp2Request.WriteAsync(stream, type, streamId, payload ?? [], flags, CancellationToken.None);
}

/// <summary>The types of frames that the tests send or look at: RFC 9113, section 6.</summary>
internal enum FrameType : byte
{
    Headers = 1,
    Reset = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
}

/// <summary>A request that has arrived at a <see cref="RawHttp2Backend"/>.</summary>
internal sealed class RawHttp2Request(TcpClient client, int streamId, CancellationToken stopping)
{
    private const int RefusedStream = 7;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;

    /// <summary>Answers with status 200, headers and no body.</summary>
    public Task AnswerAsync(params (string Name, string Value)[] headers) =>
        // RFC 7541: the indexed field ":status: 200", and literal fields without indexing.
        WriteAsync(
            client.GetStream(),
            FrameType.Headers,
            streamId,
            [0x88, .. headers.SelectMany(header => (byte[])[0, .. Text(header.Name), .. Text(header.Value)])],
            EndStream | EndHeaders,
            stopping
        );

    /// <summary>Refuses the request, and keeps the connection.</summary>
    public Task RefuseAsync() => WriteAsync(FrameType.Reset, streamId, Number(RefusedStream));

    /// <summary>Says that neither this request nor a later one is processed, and closes the connection.</summary>
    public async Task GoAwayAsync()
    {
        await WriteAsync(FrameType.GoAway, streamId: 0, [.. Number(0), .. Number(0)]);
        client.Client.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Closes the connection without an answer.</summary>
    public void Close() => client.Client.Shutdown(SocketShutdown.Both);

    /// <summary>Writes a frame.</summary>
    public static async Task WriteAsync(
        NetworkStream stream,
        FrameType type,
        int streamId,
        byte[] payload,
        byte flags,
        CancellationToken cancellationToken
    )
    {
        byte[] length = [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length];
        await stream.WriteAsync(
            (byte[])[.. length, (byte)type, flags, .. Number(streamId), .. payload],
            cancellationToken
        );
    }

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private Task WriteAsync(FrameType type, int streamId, byte[] payload) =>
        WriteAsync(client.GetStream(), type, streamId, payload, flags: 0, stopping);
}
