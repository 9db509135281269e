using System.Text;

namespace Softy.Api.Live;

/// <summary>An event of the log as it is sent, created once and shared by all readers.</summary>
internal readonly record struct LiveEvent(LiveCursor Cursor, ReadOnlyMemory<byte> Frame)
{
    /// <summary>Creates a frame of a server-sent event stream. The data is JSON without line ends.</summary>
    public static byte[] CreateFrame(string type, ReadOnlySpan<byte> data, LiveCursor? id = null)
    {
        var head = id is { } cursor ? $"id: {cursor}\nevent: {type}\ndata: " : $"event: {type}\ndata: ";
        var frame = new byte[head.Length + data.Length + 2];
        Encoding.ASCII.GetBytes(head, frame);
        data.CopyTo(frame.AsSpan(head.Length));
        frame[^1] = frame[^2] = (byte)'\n';
        return frame;
    }
}
