using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using Softy.AppHost.Running;

namespace Softy.AppHost.Stores;

/// <summary>Additional configuration of PostgreSQL's container.</summary>
internal static partial class PostgresContainer
{
    /// <summary>
    /// Makes the container stop and become healthy without delay, and reports if the data volume has a different
    /// password.
    /// </summary>
    /// <param name="postgres">The server.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PostgresServerResource> RunAsContainer(
        this IResourceBuilder<PostgresServerResource> postgres
    )
    {
        var server = postgres.Resource;
        ILogger? logger = null;
        postgres.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>(
            (start, _) =>
            {
                logger = start.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Softy");
                return Task.CompletedTask;
            }
        );

        foreach (var check in server.Annotations.OfType<HealthCheckAnnotation>().ToArray())
        {
            server.Annotations.Remove(check);
        }

        var hasLogged = false;
        return postgres
            // On SIGTERM, PostgreSQL waits for all clients to disconnect, and would be killed after 10 seconds.
            .WithContainerRuntimeArgs("--stop-signal", "SIGINT")
            .WithPromptHealthCheck(async cancellationToken =>
            {
                try
                {
                    await using var connection = await PostgresConnection.OpenAsync(server, cancellationToken);
                    return HealthCheckResult.Healthy();
                }
                catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InvalidPassword)
                {
                    if (!hasLogged && logger is not null && VolumeOf(server) is { } volume)
                    {
                        hasLogged = true;
                        LogPasswordRejected(logger, server.Name, volume, server.PasswordParameter.Name);
                    }

                    throw;
                }
            });
    }

    private static string? VolumeOf(PostgresServerResource server) =>
        server.Annotations.OfType<ContainerMountAnnotation>().LastOrDefault()?.Source;

    [LoggerMessage(
        4,
        LogLevel.Error,
        "'{Resource}' rejects the AppHost's password, because the volume '{Volume}' was created with another one. "
            + "Generated passwords are in the user secrets of the AppHost, which are read only in the Development "
            + "environment. Start it with DOTNET_ENVIRONMENT=Development, or set Parameters:{Parameter} to the "
            + "volume's password, or delete the volume and its data."
    )]
    private static partial void LogPasswordRejected(ILogger logger, string resource, string volume, string parameter);
}
