using System.Net;
using System.Runtime.InteropServices;
using System.Threading.RateLimiting;

namespace Softy.Gateway.Limits;

/// <summary>One client, and how many requests it may send in a second, and at once.</summary>
/// <param name="Network">The client's address; its whole network where one client has so many addresses.</param>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="Burst">Requests at once after a pause; as many as in a second where it is 0.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ClientRate(IPAddress Network, int PerSecond, int Burst);

/// <summary>
/// A client's token bucket, filled each time it is asked. The library's timer alone would fill it every 100 ms: a
/// bucket that holds less than that would spill the rest, and throttle its client to a fraction of the rate.
/// </summary>
internal sealed class ClientBucket(ClientRate client) : ReplenishingRateLimiter
{
    private readonly TokenBucketRateLimiter _bucket = new(
        new TokenBucketRateLimiterOptions
        {
            TokenLimit = client.Burst == 0 ? client.PerSecond : client.Burst,
            // Time fills the bucket evenly; the period matters for what a refused client is told to wait.
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
