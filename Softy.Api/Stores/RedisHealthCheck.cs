using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Softy.Api.Stores;

/// <summary>
/// Checks that Redis answers. Its timeout is shorter than the one of requests, because a probe that waits too long
/// counts as failed.
/// </summary>
internal sealed class RedisHealthCheck(RedisExecutor redis, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(400);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var answer = redis.RunAsync(static (database, _) => database.PingAsync(), 0, CancellationToken.None);
            await answer.AsTask().WaitAsync(_timeout, time, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "Redis does not answer.");
        }
    }
}
