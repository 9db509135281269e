using System.Globalization;
using System.Runtime.InteropServices;

namespace Softy.Api.Live;

/// <summary>
/// A position in the log of message events: the transaction that wrote an event, and the event's number. Clients see it
/// as the id of an event.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LiveCursor(ulong TransactionId, long EventId) : IComparable<LiveCursor>
{
    public int CompareTo(LiveCursor other)
    {
        var byTransaction = TransactionId.CompareTo(other.TransactionId);
        return byTransaction != 0 ? byTransaction : EventId.CompareTo(other.EventId);
    }

    public static bool operator <(LiveCursor left, LiveCursor right) => left.CompareTo(right) < 0;

    public static bool operator >(LiveCursor left, LiveCursor right) => left.CompareTo(right) > 0;

    public static bool operator <=(LiveCursor left, LiveCursor right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LiveCursor left, LiveCursor right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TransactionId}-{EventId}");

    public static bool TryParse(ReadOnlySpan<char> value, out LiveCursor cursor)
    {
        var separator = value.IndexOf('-');
        if (
            separator > 0
            && ulong.TryParse(
                value[..separator],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var transactionId
            )
            && long.TryParse(value[(separator + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var eventId)
        )
        {
            cursor = new LiveCursor(transactionId, eventId);
            return true;
        }

        cursor = default;
        return false;
    }
}
