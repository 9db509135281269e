using System.Diagnostics;
using System.Runtime;
using Softy.Bench.Contestants;
using Softy.Bench.Measuring;

namespace Softy.Bench.Load;

/// <summary>
/// Sends requests at a fixed rate, whether or not the contestant keeps up. A latency counts from the moment when the
/// request was due. A tool that waits for each response before it sends the next request would hide the requests that
/// a stalled server makes wait.
/// </summary>
internal static class FixedRate
{
    // More than this process allocates during a measurement.
    private const long AllocationWithoutCollection = 64 << 20;

    /// <summary>Measures a contestant after a warm-up at the same rate.</summary>
    /// <param name="contestant">The server to measure.</param>
    /// <param name="path">The path of the requests.</param>
    /// <param name="perSecond">The number of requests per second, over all connections.</param>
    /// <param name="connections">The number of connections.</param>
    /// <param name="warmUp">How long to send requests before.</param>
    /// <param name="duration">How long to measure.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public static Task<Sample> MeasureAsync(
        Contestant contestant,
        string path,
        double perSecond,
        int connections,
        TimeSpan warmUp,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) =>
        // A thread of its own, because it blocks, and because its CPU time is that of the client.
        Task.Factory.StartNew(
            () => Measure(contestant, path, perSecond, connections, warmUp, duration, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    private static Sample Measure(
        Contestant contestant,
        string path,
        double perSecond,
        int connections,
        TimeSpan warmUp,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var most = (int)(perSecond * Math.Max(warmUp.TotalSeconds, duration.TotalSeconds)) + 1;
        using var load = new FixedRateConnections(contestant.Address, path, connections, most);
        // A collection would stop this thread, and count as a latency of the contestant.
        GC.TryStartNoGCRegion(AllocationWithoutCollection);
        try
        {
            load.Run(perSecond, warmUp, cancellationToken);
            var before = (
                Proxy: Usage.CpuSeconds(contestant.Proxy()),
                Replicas: Usage.CpuSeconds(contestant.Replicas()),
                Client: Posix.ThreadCpuSeconds
            );
            var started = Stopwatch.GetTimestamp();
            load.Run(perSecond, duration, cancellationToken);
            var elapsed = Stopwatch.GetElapsedTime(started);
            var used = (
                Proxy: Usage.CpuSeconds(contestant.Proxy()) - before.Proxy,
                Replicas: Usage.CpuSeconds(contestant.Replicas()) - before.Replicas,
                Client: Posix.ThreadCpuSeconds - before.Client
            );
            var latencies = load.Latencies;
            var count = Math.Max(1, latencies.Count);
            return new Sample(
                latencies.Count / elapsed.TotalSeconds,
                At(0.5),
                At(0.99),
                At(0.999),
                load.Errors,
                used.Proxy / count * 10_000,
                used.Replicas / count * 10_000,
                used.Client / count * 10_000
            );

            double At(double fraction) =>
                latencies.Count == 0 ? 0 : latencies[Math.Min(count - 1, (int)(count * fraction))];
        }
        finally
        {
            // More allocations than announced have ended it already.
            if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            {
                GC.EndNoGCRegion();
            }
        }
    }
}
