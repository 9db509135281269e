using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Aspire.Hosting.Dashboard.ResourceService;

/// <summary>
/// One gRPC call: messages with a flag byte and four of length before each, and a status in the trailers. All of gRPC that
/// the dashboard needs, where no package of a gRPC server is.
/// </summary>
internal sealed class GrpcCall(HttpContext context, CancellationToken hostStops) : IDisposable
{
    public const int Cancelled = 1;
    public const int InvalidArgument = 3;
    public const int NotFound = 5;
    public const int Unimplemented = 12;
    public const int Internal = 13;
    public const int Unavailable = 14;
    public const int Unauthenticated = 16;

    private const int PrefixLength = 5;
    private const int LongestRequest = 1024 * 1024;

    private readonly CancellationTokenSource _ended =
        CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, hostStops);

    /// <summary>Signalled when the dashboard has gone or the host stops.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Reads the message of the call.</summary>
    public async Task<T> ReadAsync<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        var prefix = new byte[PrefixLength];
        await context.Request.Body.ReadExactlyAsync(prefix, Ended);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (prefix[0] != 0 || length > LongestRequest)
        {
            throw new InvalidDataException($"A message of {length} bytes with the flags {prefix[0]} is not taken.");
        }

        var message = new byte[length];
        await context.Request.Body.ReadExactlyAsync(message, Ended);
        return parser.ParseFrom(message);
    }

    /// <summary>Begins an answer of which the first message may take its time.</summary>
    public async Task BeginAsync() => await context.Response.BodyWriter.FlushAsync(Ended);

    /// <summary>Sends a message; waits while the dashboard does not read.</summary>
    public async Task WriteAsync(IMessage message)
    {
        var size = message.CalculateSize();
        var buffer = context.Response.BodyWriter.GetMemory(PrefixLength + size)[..(PrefixLength + size)];
        buffer.Span[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(buffer.Span[1..], size);
        message.WriteTo(buffer.Span[PrefixLength..]);
        context.Response.BodyWriter.Advance(buffer.Length);
        await context.Response.BodyWriter.FlushAsync(Ended);
    }

    /// <summary>Ends the call.</summary>
    public void End(int status, string message = "")
    {
        context.Response.AppendTrailer("grpc-status", status.ToString(CultureInfo.InvariantCulture));
        if (message.Length > 0)
        {
            context.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(message));
        }
    }

    public void Dispose() => _ended.Dispose();
}
