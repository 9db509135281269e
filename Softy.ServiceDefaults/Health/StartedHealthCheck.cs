using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Softy.ServiceDefaults.Health;

/// <summary>
/// Succeeds when the service listens on all of its ports. The server starts to listen on one after the other, so it can
/// answer on the first, for example by HTTP, when HTTPS or HTTP/2 still refuses connections.
/// </summary>
internal sealed class StartedHealthCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            lifetime.ApplicationStarted.IsCancellationRequested
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("Starting.")
        );
}
