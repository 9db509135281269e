namespace Softy.Gateway.Measurements;

/// <summary>
/// Computes percentiles of the last few seconds from the difference between two states of a histogram.
/// </summary>
internal sealed class LatencyWindow
{
    /// <summary>The length of the window in ticks of the sampler.</summary>
    public const int Ticks = 10;

    private readonly LatencyHistogram _histogram = new();
    private readonly uint[][] _snapshots =
    [
        .. Enumerable.Range(0, Ticks).Select(_ => new uint[LatencyHistogram.BucketCount]),
    ];
    private readonly Lock _lock = new();
    private int _oldest;

    public void Record(TimeSpan duration) => _histogram.Record(duration);

    /// <summary>Moves the window by one tick.</summary>
    public void Advance()
    {
        lock (_lock)
        {
            _histogram.CopyTo(_snapshots[_oldest]);
            _oldest = (_oldest + 1) % Ticks;
        }
    }

    /// <summary>
    /// Reads the median and the 99th percentile in milliseconds, or no values if nothing was recorded recently.
    /// </summary>
    public (double? P50, double? P99) Read()
    {
        Span<uint> counts = stackalloc uint[LatencyHistogram.BucketCount];
        long total = 0;
        lock (_lock)
        {
            _histogram.CopyTo(counts);
            var then = _snapshots[_oldest];
            for (var i = 0; i < counts.Length; i++)
            {
                // The difference is correct even if a counter has overflowed.
                counts[i] = unchecked(counts[i] - then[i]);
                total += counts[i];
            }
        }

        return total == 0 ? (null, null) : (Percentile(counts, total, 0.50), Percentile(counts, total, 0.99));
    }

    private static double Percentile(ReadOnlySpan<uint> counts, long total, double fraction)
    {
        var rank = (long)Math.Ceiling(total * fraction);
        long seen = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            seen += counts[i];
            if (seen >= rank)
            {
                return LatencyHistogram.MillisecondsOf(i);
            }
        }

        return LatencyHistogram.MillisecondsOf(counts.Length - 1);
    }
}
