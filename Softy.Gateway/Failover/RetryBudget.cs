using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Failover;

/// <summary>
/// How many retries a cluster may have: a share of the requests of the last ten seconds. Counted over time, and not by
/// what is under way at the moment, because replicas that fail within a millisecond have next to nothing under way.
/// </summary>
internal sealed class RetryBudget(TimeProvider time)
{
    private const int Seconds = 10;

    private readonly Second[] _seconds = [.. Enumerable.Range(0, Seconds).Select(_ => new Second())];
    private readonly Lock _lock = new();

    /// <summary>Counts a request, whatever becomes of it.</summary>
    public void CountRequest() => Interlocked.Increment(ref Current().Requests);

    /// <summary>Takes the right to send one request again.</summary>
    /// <returns>False when there have been too many retries.</returns>
    public bool TryTake(FailoverOptions options)
    {
        lock (_lock)
        {
            var now = Current();
            long requests = 0;
            long retries = 0;
            foreach (var second in _seconds)
            {
                if (second.Number > now.Number - Seconds)
                {
                    requests += Volatile.Read(ref second.Requests);
                    retries += second.Retries;
                }
            }

            if (retries >= Math.Max(options.MinRetriesPerSecond * Seconds, requests * options.RetryPercent / 100))
            {
                return false;
            }

            now.Retries++;
            return true;
        }
    }

    private Second Current()
    {
        var number = time.GetTimestamp() / time.TimestampFrequency;
        var second = _seconds[number % Seconds];
        if (Volatile.Read(ref second.Number) != number)
        {
            lock (_lock)
            {
                if (second.Number != number)
                {
                    (second.Requests, second.Retries) = (0, 0);
                    Volatile.Write(ref second.Number, number);
                }
            }
        }

        return second;
    }

    private sealed class Second
    {
        public long Number = -1;
        public long Requests;
        public long Retries;
    }
}

/// <summary>Each cluster's <see cref="RetryBudget"/>.</summary>
internal sealed class RetryBudgets(TimeProvider time)
{
    private readonly ConditionalWeakTable<ClusterState, RetryBudget> _budgets = [];

    public RetryBudget Get(ClusterState cluster) =>
        _budgets.TryGetValue(cluster, out var budget) ? budget : _budgets.GetValue(cluster, _ => new RetryBudget(time));
}
