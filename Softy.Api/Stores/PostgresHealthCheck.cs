using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Softy.Api.Stores;

/// <summary>Whether PostgreSQL answers.</summary>
internal sealed class PostgresHealthCheck(PostgresStore postgres, TimeProvider time) : IHealthCheck
{
    /// <summary>Shorter than a request waits: who probes has little patience, and takes no answer for a bad one.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(400);

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
            await answer.AsTask().WaitAsync(_patience, time, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "PostgreSQL does not answer.");
        }
    }
}
