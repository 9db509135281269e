namespace Softy.Gateway.Balancing;

/// <summary>
/// Counts the turns of round robin. It has 64 bits, because a 32-bit counter overflows within a day under full load.
/// After an overflow, the order would break unless the number of destinations is a power of two.
/// </summary>
internal sealed class TurnCounter(long first = 0)
{
    private long _next = first;

    /// <summary>Returns the index of the next turn among <paramref name="count"/> destinations.</summary>
    public int Next(int count) => (int)((Interlocked.Increment(ref _next) - 1) % count);
}
