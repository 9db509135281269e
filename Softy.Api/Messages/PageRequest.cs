using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Softy.Api.Messages;

/// <summary>The page of messages that a client requests.</summary>
/// <param name="After">The id of the last message of the page before; null for the newest page.</param>
/// <param name="Limit">How many messages the page has at most.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PageRequest(long? After, int Limit)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    private const byte CursorVersion = 1;
    private const int CursorLength = 1 + sizeof(long);
    private const int FormattedCursorLength = 12;

    /// <summary>Parses the query parameters.</summary>
    /// <returns>The errors by parameter; null when the parameters are valid.</returns>
    public static Dictionary<string, string[]>? Parse(string? after, string? limit, out PageRequest page)
    {
        Dictionary<string, string[]>? errors = null;
        var count = DefaultLimit;
        if (
            limit is not null
            && (
                !int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count)
                || count is < 1 or > MaxLimit
            )
        )
        {
            errors = new(StringComparer.Ordinal) { ["limit"] = [$"Limit must be a number from 1 to {MaxLimit}."] };
        }

        long? cursor = null;
        if (after is not null)
        {
            cursor = ParseCursor(after);
            if (cursor is null)
            {
                errors ??= new(StringComparer.Ordinal);
                errors["after"] = ["After must be the \"next\" of a page."];
            }
        }

        page = new PageRequest(cursor, count);
        return errors;
    }

    /// <summary>
    /// Formats the id of a page's last message as an opaque cursor, so that the order can change without breaking
    /// clients.
    /// </summary>
    public static string FormatCursor(long id)
    {
        Span<byte> bytes = stackalloc byte[CursorLength];
        bytes[0] = CursorVersion;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], id);
        return Base64Url.EncodeToString(bytes);
    }

    private static long? ParseCursor(string value)
    {
        Span<byte> bytes = stackalloc byte[CursorLength + 3];
        if (
            value.Length != FormattedCursorLength
            || Base64Url.DecodeFromChars(value, bytes, out _, out var written) != OperationStatus.Done
            || written != CursorLength
            || bytes[0] != CursorVersion
        )
        {
            return null;
        }

        // Formatting must give the same text: the decoder also accepts white space, padding and stray bits.
        var id = BinaryPrimitives.ReadInt64BigEndian(bytes[1..]);
        return id > 0 && FormatCursor(id) == value ? id : null;
    }
}
