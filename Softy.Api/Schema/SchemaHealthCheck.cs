using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Softy.Api.Schema;

/// <summary>Unhealthy until the schema is up to date. Later outages of the database do not change that.</summary>
internal sealed class SchemaHealthCheck(SchemaState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            state.Ready.IsCompletedSuccessfully
                ? HealthCheckResult.Healthy()
                : new HealthCheckResult(context.Registration.FailureStatus, state.PendingReason)
        );
}
