using System.Threading.RateLimiting;

namespace Softy.Gateway.Limits;

/// <summary>
/// A request's place among those that may be under way at once. It ends with the request, or before, when the answer
/// turns out to be one that stays open.
/// </summary>
internal sealed class ConcurrencyPermit(RateLimitLease lease)
{
    public void Release() => lease.Dispose();
}
