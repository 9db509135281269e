namespace Softy.Api.Live;

/// <summary>The newest events of the log, in memory. Not thread-safe.</summary>
/// <param name="capacity">How many events the buffer holds.</param>
/// <param name="start">The position after which the buffer has all events.</param>
internal sealed class LiveBuffer(int capacity, LiveCursor start)
{
    private readonly LiveEvent[] _events = new LiveEvent[capacity];
    private int _first;
    private int _count;

    /// <summary>The buffer has all events after this position, up to <see cref="End"/>.</summary>
    public LiveCursor Start { get; private set; } = start;

    /// <summary>The position up to which the log was read.</summary>
    public LiveCursor End { get; private set; } = start;

    public void Append(IReadOnlyList<LiveEvent> events, LiveCursor end)
    {
        foreach (var item in events)
        {
            if (_count == capacity)
            {
                Start = _events[_first].Cursor;
                _events[_first] = item;
                _first = (_first + 1) % capacity;
            }
            else
            {
                _events[(_first + _count++) % capacity] = item;
            }
        }

        End = end;
    }

    /// <summary>Copies events after a position.</summary>
    /// <returns>Whether the buffer goes back that far; if not, nothing is copied.</returns>
    public bool TryCopy(LiveCursor after, int maxBytes, List<LiveEvent> destination)
    {
        if (after < Start)
        {
            return false;
        }

        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle).Cursor <= after)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        // At least one event, however large.
        for (var bytes = 0; low < _count && bytes < maxBytes; low++)
        {
            var item = At(low);
            destination.Add(item);
            bytes += item.Frame.Length;
        }

        return true;
    }

    private ref readonly LiveEvent At(int index) => ref _events[(_first + index) % capacity];
}
