using System.Net;
using System.Threading.RateLimiting;
using Softy.Gateway.Forwarding;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Limits;

/// <summary>A token bucket for each client address.</summary>
internal sealed class RateLimit : IDisposable
{
    private readonly LiveSettings<LimitSettings> _settings;
    private readonly ClientAddress _clients;
    private volatile PartitionedRateLimiter<IPAddress>? _limiter;
    private (int Rate, int Burst) _configured;

    public RateLimit(LiveSettings<LimitSettings> settings, ClientAddress clients)
    {
        _settings = settings;
        _clients = clients;
        Update(this, EventArgs.Empty);
        settings.Changed += Update;
    }

    public bool IsEnabled => _limiter is not null;

    /// <summary>Takes a token of the client's.</summary>
    /// <returns>How long the client should wait before it asks again, or nothing when the request may go on.</returns>
    public TimeSpan? Take(HttpContext context)
    {
        using var lease = _limiter?.AttemptAcquire(_clients.Of(context));
        return lease is null or { IsAcquired: true } ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter
            : TimeSpan.FromSeconds(1);
    }

    public void Dispose()
    {
        _settings.Changed -= Update;
        _limiter?.Dispose();
    }

    private void Update(object? sender, EventArgs e)
    {
        var configured = (_settings.Current.RequestsPerSecondPerClient, _settings.Current.BurstPerClient);
        if (configured == _configured)
        {
            // Buckets are kept while other settings change.
            return;
        }

        _configured = configured;
        // The limiter before is left to the garbage collector: a request may just be asking it.
        _limiter = configured.RequestsPerSecondPerClient == 0 ? null : Create(configured.RequestsPerSecondPerClient, configured.BurstPerClient);
    }

    private static PartitionedRateLimiter<IPAddress> Create(int rate, int burst)
    {
        var options = new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst == 0 ? rate : burst,
            // Small portions, often: a client that keeps to its rate is never refused.
            TokensPerPeriod = Math.Max(1, rate / 10),
            ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, rate / 10) / (double)rate),
            QueueLimit = 0,
            AutoReplenishment = false,
        };
        return PartitionedRateLimiter.Create<IPAddress, IPAddress>(client => RateLimitPartition.GetTokenBucketLimiter(client, _ => options));
    }
}
