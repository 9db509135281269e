using System.Threading.RateLimiting;

namespace Softy.Gateway.Limits;

/// <summary>
/// The permit of a request under the concurrency limit. It is released at the end of the request, or earlier if the
/// response is a stream that stays open.
/// </summary>
internal sealed class ConcurrencyPermit(RateLimitLease lease)
{
    public void Release() => lease.Dispose();
}
