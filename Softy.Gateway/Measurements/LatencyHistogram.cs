using System.Numerics;

namespace Softy.Gateway.Measurements;

/// <summary>
/// Counts durations in buckets that get wider with the duration. There are 16 buckets for each power of two
/// microseconds, so that a value is read with an error of at most 4%. Recording takes one increment, and counters are
/// never reset.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 4;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int HighestBit = 31;

    /// <summary>The number of buckets, which cover durations of up to 35 minutes.</summary>
    public const int BucketCount = (HighestBit - SubBucketBits + 2) * SubBuckets;

    private readonly uint[] _counts = new uint[BucketCount];

    public void Record(TimeSpan duration) => Interlocked.Increment(ref _counts[BucketOf(duration)]);

    public void CopyTo(Span<uint> counts) => _counts.CopyTo(counts);

    /// <summary>The duration in the middle of a bucket, in milliseconds.</summary>
    public static double MillisecondsOf(int bucket)
    {
        if (bucket < SubBuckets)
        {
            return bucket / 1000.0;
        }

        var shift = (bucket / SubBuckets) - 1;
        var lower = (long)(SubBuckets + (bucket % SubBuckets)) << shift;
        return (lower + ((1L << shift) / 2.0)) / 1000;
    }

    private static int BucketOf(TimeSpan duration)
    {
        var microseconds = (uint)Math.Clamp(duration.Ticks / TimeSpan.TicksPerMicrosecond, 0, uint.MaxValue);
        if (microseconds < SubBuckets)
        {
            return (int)microseconds;
        }

        var shift = BitOperations.Log2(microseconds) - SubBucketBits;
        return ((shift + 1) * SubBuckets) + (int)((microseconds >> shift) & (SubBuckets - 1));
    }
}
