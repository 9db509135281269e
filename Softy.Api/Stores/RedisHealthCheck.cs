using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Softy.Api.Stores;

/// <summary>Whether Redis answers.</summary>
internal sealed class RedisHealthCheck(RedisStore redis, TimeProvider time) : IHealthCheck
{
    /// <summary>
    /// However long requests may wait: who probes has little patience, and takes no answer for a bad one.
    /// </summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(400);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var answer = redis.RunAsync(static (database, _) => database.PingAsync(), 0, CancellationToken.None);
            await answer.AsTask().WaitAsync(_patience, time, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "Redis does not answer.");
        }
    }
}
