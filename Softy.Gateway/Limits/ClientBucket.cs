using System.Net;
using System.Runtime.InteropServices;
using System.Threading.RateLimiting;

namespace Softy.Gateway.Limits;

/// <summary>A client and its rate limit.</summary>
/// <param name="Network">The client's IPv4 address or IPv6 network.</param>
/// <param name="PerSecond">The allowed requests per second.</param>
/// <param name="Burst">The allowed requests at once after a pause, or 0 for as many as per second.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ClientRate(IPAddress Network, int PerSecond, int Burst);

/// <summary>
/// The token bucket of a client, which is replenished on each use. The library's timer replenishes every 100 ms. A
/// bucket that holds fewer tokens than that would overflow and limit the client to a fraction of its rate.
/// </summary>
internal sealed class ClientBucket(ClientRate client) : ReplenishingRateLimiter
{
    private readonly TokenBucketRateLimiter _bucket = new(
        new TokenBucketRateLimiterOptions
        {
            TokenLimit = client.Burst == 0 ? client.PerSecond : client.Burst,
            // The bucket fills continuously. The period determines the Retry-After of a rejected client.
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1.0 / client.PerSecond),
            QueueLimit = 0,
            AutoReplenishment = false,
        }
    );

    public override TimeSpan ReplenishmentPeriod => _bucket.ReplenishmentPeriod;

    public override bool IsAutoReplenishing => false;

    public override TimeSpan? IdleDuration => _bucket.IdleDuration;

    public override RateLimiterStatistics? GetStatistics() => _bucket.GetStatistics();

    public override bool TryReplenish() => _bucket.TryReplenish();

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        _bucket.TryReplenish();
        return _bucket.AttemptAcquire(permitCount);
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        _bucket.TryReplenish();
        return _bucket.AcquireAsync(permitCount, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _bucket.Dispose();
        }

        base.Dispose(disposing);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await _bucket.DisposeAsync();
        await base.DisposeAsyncCore();
    }
}
