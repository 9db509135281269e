using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Softy.Api.Stores;

/// <summary>
/// Checks that PostgreSQL answers. Its timeout is shorter than the one of requests, because a probe that waits too long
/// counts as failed.
/// </summary>
internal sealed class PostgresHealthCheck(PostgresExecutor postgres, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(400);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var answer = postgres.ReadAsync(
                static async (connection, _, token) =>
                {
                    await using var command = new NpgsqlCommand("SELECT 1", connection);
                    return await command.ExecuteScalarAsync(token);
                },
                0,
                CancellationToken.None
            );
            await answer.AsTask().WaitAsync(_timeout, time, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "PostgreSQL does not answer.");
        }
    }
}
