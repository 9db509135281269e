namespace Softy.Gateway.Balancing;

/// <summary>
/// Counts turns. 64 bits, because a counter of 32 starts over after two or four billion requests, which is within a day
/// of full load, and that turn falls out of line wherever the number of destinations is not a power of two.
/// </summary>
internal sealed class TurnCounter(long first = 0)
{
    private long _next = first;

    /// <summary>Takes the next turn among so many.</summary>
    public int Next(int count) => (int)((Interlocked.Increment(ref _next) - 1) % count);
}
