using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Softy.AppHost.Stores;

/// <summary>Runs PostgreSQL as a process.</summary>
internal static class PostgresProcess
{
    private const string Account = "postgres";

    /// <summary>
    /// Runs PostgreSQL from programs that are installed on this machine. The resource keeps its name, endpoint,
    /// connection string, databases and commands. The method does nothing in publish mode.
    /// </summary>
    /// <param name="postgres">The server. Its data volume becomes a folder under <c>.softy/volumes</c>.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PostgresServerResource> RunAsProcess(
        this IResourceBuilder<PostgresServerResource> postgres
    )
    {
        var builder = postgres.ApplicationBuilder;
        if (builder.ExecutionContext.IsPublishMode)
        {
            return postgres;
        }

        var server = postgres.Resource;
        postgres
            .ReplaceByProcess(
                "postgres.sh",
                Plan,
                async cancellationToken =>
                {
                    await using var connection = await PostgresConnection.OpenAsync(server, cancellationToken);
                }
            )
            .OnResourceReady(
                (_, ready, cancellationToken) => CreateDatabasesAsync(server, ready.Services, cancellationToken)
            )
            .OnResourceStopped(
                async (_, stopped, _) =>
                {
                    await PublishStateAsync(server, stopped.Services, KnownResourceStates.Exited);
                    _ = PublishReturnAsync(server, stopped.Services);
                }
            );
        return postgres;

        StorePlan Plan()
        {
            var account = ServerAccount.Find(server.Name, Account);
            var repository = Path.GetDirectoryName(StoreFolder.FindRoot(builder.AppHostDirectory))!;

            // Reports a missing program before a folder is created.
            PostgresPrograms.Find(server.Name, repository, folder: string.Empty);
            var (folder, isTemporary) = StoreFolder.Open(builder, server, account);
            return new StorePlan(PostgresPrograms.Find(server.Name, repository, folder), folder, isTemporary, account);
        }
    }

    // Aspire creates databases and updates their state only for containers.
    private static async Task CreateDatabasesAsync(
        PostgresServerResource server,
        IServiceProvider services,
        CancellationToken cancellationToken
    )
    {
        var databases = services
            .GetRequiredService<DistributedApplicationModel>()
            .Resources.OfType<PostgresDatabaseResource>()
            .Where(database => database.Parent == server);
        await using var connection = await PostgresConnection.OpenAsync(server, cancellationToken);
        foreach (var database in databases)
        {
            await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection)
            {
                Parameters = { new NpgsqlParameter { Value = database.DatabaseName } },
            };
            if (await find.ExecuteScalarAsync(cancellationToken) is null)
            {
                // The name of a database cannot be a parameter.
                var name = database.DatabaseName.Replace("\"", "\"\"", StringComparison.Ordinal);
#pragma warning disable CA2100 // The name is the AppHost's own, and quoted.
                await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name}\"", connection);
#pragma warning restore CA2100
                await create.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        await PublishStateAsync(server, services, KnownResourceStates.Running);
    }

    // After a quick restart, Aspire may report no second readiness of the server: its health service looks at the stop
    // when the server runs again, and goes on as if nothing had happened.
    private static async Task PublishReturnAsync(PostgresServerResource server, IServiceProvider services)
    {
        try
        {
            await services
                .GetRequiredService<ResourceNotificationService>()
                .WaitForResourceAsync(
                    server.Name,
                    current =>
                        current.Snapshot.State?.Text == KnownResourceStates.Running
                        && current.Snapshot.HealthStatus == HealthStatus.Healthy,
                    services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping
                );
            await PublishStateAsync(server, services, KnownResourceStates.Running);
        }
        catch (OperationCanceledException)
        {
            // The application ends.
        }
    }

    private static async Task PublishStateAsync(PostgresServerResource server, IServiceProvider services, string state)
    {
        var notifications = services.GetRequiredService<ResourceNotificationService>();
        foreach (
            var database in services
                .GetRequiredService<DistributedApplicationModel>()
                .Resources.OfType<PostgresDatabaseResource>()
                .Where(database => database.Parent == server)
        )
        {
            await notifications.PublishUpdateAsync(database, snapshot => snapshot with { State = state });
        }
    }
}
