using System.Runtime.InteropServices;
using System.Threading.RateLimiting;
using Softy.Gateway.Clients;
using Softy.Gateway.Configuration;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Limits;

/// <summary>
/// What the rate limiting middleware asks about each request that is for a replica: first whether its client keeps to
/// its rate, then for a turn, which it may have to wait for.
/// </summary>
/// <remarks>
/// The values of the settings are part of the keys by which limiters are found: with other values a request finds
/// another limiter, those under way or waiting keep theirs, and one that nobody uses any more is disposed of after
/// some seconds.
/// </remarks>
internal sealed class RequestLimiter(LiveOptions<LimitOptions> options, ClientAddressResolver clients)
    : PartitionedRateLimiter<HttpContext>
{
    private readonly PartitionedRateLimiter<ClientRate> _rates = PartitionedRateLimiter.Create<ClientRate, ClientRate>(
        static client => RateLimitPartition.Get(client, static client => new ClientBucket(client))
    );

    private readonly PartitionedRateLimiter<ConcurrencyLimit> _concurrency = PartitionedRateLimiter.Create<
        ConcurrencyLimit,
        ConcurrencyLimit
    >(static limit =>
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
    );

    /// <summary>
    /// Whether there is anything to ask about: the gateway's own paths are not for clients to be shut out of, and
    /// without limits no request pays for them.
    /// </summary>
    public bool AppliesTo(HttpContext context) =>
        options.Current is { RequestsPerSecondPerClient: > 0 } or { MaxConcurrentRequests: > 0 }
        && context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is not null;

    public override RateLimiterStatistics? GetStatistics(HttpContext resource) => null;

    /// <summary>
    /// Leaves every request to <see cref="AcquireAsyncCore"/>, which the middleware calls next: one that waits would
    /// otherwise be counted twice in its client's rate.
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
            var lease = _rates.AttemptAcquire(
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

        var permit = await _concurrency.AcquireAsync(
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
            _rates.Dispose();
            _concurrency.Dispose();
        }

        base.Dispose(disposing);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await _rates.DisposeAsync();
        await _concurrency.DisposeAsync();
        await base.DisposeAsyncCore();
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct ConcurrencyLimit(int Requests, int Waiting);
}
