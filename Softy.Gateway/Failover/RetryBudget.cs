using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Failover;

/// <summary>
/// Limits the retries of a cluster to a share of its requests in the last ten seconds. The budget is not based on the
/// requests in flight, because there are hardly any when replicas fail within a millisecond.
/// </summary>
internal sealed class RetryBudget(TimeProvider time)
{
    private const int Seconds = 10;

    private readonly Second[] _seconds = [.. Enumerable.Range(0, Seconds).Select(_ => new Second())];
    private readonly Lock _lock = new();

    /// <summary>Counts a request, whether it succeeds or fails.</summary>
    public void CountRequest() => Interlocked.Increment(ref Current().Requests);

    /// <summary>Tries to take one retry from the budget.</summary>
    /// <returns>False if the budget is used up.</returns>
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

/// <summary>Provides the <see cref="RetryBudget"/> of each cluster.</summary>
internal sealed class RetryBudgets(TimeProvider time)
{
    private readonly ConditionalWeakTable<ClusterState, RetryBudget> _budgets = [];

    public RetryBudget Get(ClusterState cluster) =>
        _budgets.TryGetValue(cluster, out var budget) ? budget : _budgets.GetValue(cluster, _ => new RetryBudget(time));
}
