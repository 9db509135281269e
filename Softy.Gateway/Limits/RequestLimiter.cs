using System.Runtime.InteropServices;
using System.Threading.RateLimiting;
using Softy.Gateway.Clients;
using Softy.Gateway.Configuration;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Limits;

/// <summary>
/// Limits the requests that are forwarded to replicas: first by the rate of each client, then by the number of
/// concurrent requests, with a queue.
/// </summary>
/// <remarks>
/// The limits are part of the partition keys. After a change, new requests get a new limiter, while active and waiting
/// requests keep the old one until it is disposed as idle.
/// </remarks>
internal sealed class RequestLimiter(LiveOptions<LimitOptions> options, ClientAddressResolver clients) : IDisposable
{
    // The limiters are created with their first use, because each runs a timer ten times a second.
    private readonly Lazy<PartitionedRateLimiter<ClientRate>> _rates = new(static () =>
        PartitionedRateLimiter.Create<ClientRate, ClientRate>(static client =>
            RateLimitPartition.Get(client, static client => new ClientBucket(client))
        )
    );

    private readonly Lazy<PartitionedRateLimiter<ConcurrencyLimit>> _concurrency = new(static () =>
        PartitionedRateLimiter.Create<ConcurrencyLimit, ConcurrencyLimit>(static limit =>
            limit.Requests == 0
                ? RateLimitPartition.GetNoLimiter(limit)
                : RateLimitPartition.GetConcurrencyLimiter(
                    limit,
                    static limit => new ConcurrencyLimiterOptions
                    {
                        PermitLimit = limit.Requests,
                        QueueLimit = limit.Waiting,
                        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
                    }
                )
        )
    );

    /// <summary>Whether the request is limited. The gateway's own endpoints are not.</summary>
    public bool AppliesTo(HttpContext context) =>
        options.Current is { RequestsPerSecondPerClient: > 0 } or { MaxConcurrentRequests: > 0 }
        && context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is not null;

    /// <summary>Counts a request towards the rate of its client.</summary>
    /// <returns>The response if the client exceeds its rate, or else <see langword="null"/>.</returns>
    public Rejection? CheckRate(HttpContext context)
    {
        var limits = options.Current;
        if (limits.RequestsPerSecondPerClient == 0)
        {
            return null;
        }

        using var lease = _rates.Value.AttemptAcquire(
            new ClientRate(clients.ResolveNetwork(context), limits.RequestsPerSecondPerClient, limits.BurstPerClient)
        );
        return lease.IsAcquired ? null : Rejection.RateExceeded(lease);
    }

    /// <summary>Waits until the number of concurrent requests allows another one, or the queue is full.</summary>
    public ValueTask<RateLimitLease> AcquirePermitAsync(CancellationToken cancellationToken)
    {
        var limits = options.Current;
        return _concurrency.Value.AcquireAsync(
            new ConcurrencyLimit(limits.MaxConcurrentRequests, limits.MaxQueuedRequests),
            permitCount: 1,
            cancellationToken
        );
    }

    public void Dispose()
    {
        if (_rates.IsValueCreated)
        {
            _rates.Value.Dispose();
        }

        if (_concurrency.IsValueCreated)
        {
            _concurrency.Value.Dispose();
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct ConcurrencyLimit(int Requests, int Waiting);
}
