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
internal sealed class RequestLimiter(LiveOptions<LimitOptions> options, ClientAddressResolver clients)
    : PartitionedRateLimiter<HttpContext>
{
    // Created with the first use, because each runs a timer ten times a second.
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

    /// <summary>
    /// Whether the request is limited. The gateway's own endpoints are not limited, and without configured limits
    /// requests skip the middleware.
    /// </summary>
    public bool AppliesTo(HttpContext context) =>
        options.Current is { RequestsPerSecondPerClient: > 0 } or { MaxConcurrentRequests: > 0 }
        && context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is not null;

    public override RateLimiterStatistics? GetStatistics(HttpContext resource) => null;

    /// <summary>
    /// Always fails, so that the middleware calls <see cref="AcquireAsyncCore"/> next. Otherwise a request that has to
    /// wait would count twice towards its client's rate.
    /// </summary>
    protected override RateLimitLease AttemptAcquireCore(HttpContext resource, int permitCount) =>
        RejectedLease.QueueFull;

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(
        HttpContext resource,
        int permitCount,
        CancellationToken cancellationToken
    )
    {
        var limits = options.Current;
        if (limits.RequestsPerSecondPerClient > 0)
        {
            var lease = _rates.Value.AttemptAcquire(
                new ClientRate(
                    clients.ResolveNetwork(resource),
                    limits.RequestsPerSecondPerClient,
                    limits.BurstPerClient
                )
            );
            if (!lease.IsAcquired)
            {
                return RejectedLease.RateExceeded(lease);
            }
        }

        var permit = await _concurrency.Value.AcquireAsync(
            new ConcurrencyLimit(limits.MaxConcurrentRequests, limits.MaxQueuedRequests),
            permitCount,
            cancellationToken
        );
        if (!permit.IsAcquired)
        {
            return RejectedLease.QueueFull;
        }

        resource.Features.Set(new ConcurrencyPermit(permit));
        return permit;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
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

        base.Dispose(disposing);
    }

    // Does not call Dispose, which blocks the thread until timers have ended.
    protected override async ValueTask DisposeAsyncCore()
    {
        if (_rates.IsValueCreated)
        {
            await _rates.Value.DisposeAsync();
        }

        if (_concurrency.IsValueCreated)
        {
            await _concurrency.Value.DisposeAsync();
        }

        await base.DisposeAsyncCore();
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct ConcurrencyLimit(int Requests, int Waiting);
}
