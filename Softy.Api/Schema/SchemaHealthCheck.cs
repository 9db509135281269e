using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Softy.Api.Schema;

/// <summary>Not ready until the schema is there. Once it is, it stays: a later outage of the database is not its business.</summary>
internal sealed class SchemaHealthCheck(SchemaState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            state.Ready.IsCompletedSuccessfully
                ? HealthCheckResult.Healthy()
                : new HealthCheckResult(context.Registration.FailureStatus, state.Pending)
        );
}
