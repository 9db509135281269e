using System.Threading.RateLimiting;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Limits;

/// <summary>So many requests at once, so many waiting, first come first served.</summary>
internal sealed class ConcurrencyLimit : IDisposable
{
    private readonly LiveSettings<LimitSettings> _settings;
    private volatile ConcurrencyLimiter? _limiter;
    private (int Concurrent, int Queued) _configured;

    public ConcurrencyLimit(LiveSettings<LimitSettings> settings)
    {
        _settings = settings;
        Update(this, EventArgs.Empty);
        settings.Changed += Update;
    }

    public bool IsEnabled => _limiter is not null;

    /// <summary>Waits for a turn.</summary>
    /// <returns>The turn, to be disposed of when the request is done; not acquired when the queue is full.</returns>
    public ValueTask<RateLimitLease> WaitAsync(CancellationToken requestAborted) =>
        _limiter is { } limiter ? limiter.AcquireAsync(1, requestAborted) : ValueTask.FromResult<RateLimitLease>(FreePass.Instance);

    public void Dispose()
    {
        _settings.Changed -= Update;
        _limiter?.Dispose();
    }

    private void Update(object? sender, EventArgs e)
    {
        var configured = (_settings.Current.MaxConcurrentRequests, _settings.Current.MaxQueuedRequests);
        if (configured == _configured)
        {
            return;
        }

        _configured = configured;
        // Requests under way or waiting stay with the limiter that they found.
        _limiter = configured.MaxConcurrentRequests == 0 ? null : new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = configured.MaxConcurrentRequests,
            QueueLimit = configured.MaxQueuedRequests,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    private sealed class FreePass : RateLimitLease
    {
        public static readonly FreePass Instance = new();

        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}
