using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Softy.Api.Messages;

/// <summary>
/// Where a page ends: the id of its last message. Opaque to clients, so that the order may change without breaking them.
/// </summary>
internal readonly record struct MessageCursor(long Id)
{
    private const byte Version = 1;
    private const int Length = 1 + sizeof(long);
    private const int FormattedLength = 12;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], Id);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryParse(string? value, out MessageCursor cursor)
    {
        cursor = default;
        Span<byte> bytes = stackalloc byte[Length + 3];
        // One spelling per cursor: white space, padding and stray bits, which a decoder may forgive, are refused.
        if (value is not { Length: FormattedLength }
            || Base64Url.DecodeFromChars(value, bytes, out _, out var written) != OperationStatus.Done
            || written != Length
            || bytes[0] != Version)
        {
            return false;
        }

        cursor = new MessageCursor(BinaryPrimitives.ReadInt64BigEndian(bytes[1..]));
        return cursor.Id > 0 && cursor.ToString() == value;
    }
}
