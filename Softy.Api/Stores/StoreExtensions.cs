using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Softy.ServiceDefaults;
using StackExchange.Redis;

namespace Softy.Api.Stores;

/// <summary>Adds PostgreSQL and Redis.</summary>
internal static class StoreExtensions
{
    public static void AddStores(this IHostApplicationBuilder builder)
    {
        StoreConnections.Complete(builder.Configuration);

        builder
            .Services.AddOptions<StoreOptions>()
            .BindConfiguration(StoreOptions.SectionName)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        var options =
            builder.Configuration.GetSection(StoreOptions.SectionName).Get<StoreOptions>() ?? new StoreOptions();

        var replica = builder.Configuration["Instance:Name"] ?? Environment.MachineName;
        var isSilent = !builder.ExportsTelemetry();

        // The clients' own health checks say "unhealthy" and may take long; the ones below degrade, and are quick.
        builder.AddNpgsqlDataSource(
            Store.Database,
            settings =>
            {
                settings.DisableHealthChecks = true;
                settings.DisableTracing |= isSilent;
                settings.DisableMetrics |= isSilent;
            },
            dataSource => Configure(dataSource.ConnectionStringBuilder, options, replica)
        );
        builder.AddRedisClient(
            Store.Redis,
            settings =>
            {
                settings.DisableHealthChecks = true;
                settings.DisableTracing |= isSilent;
            },
            configuration =>
            {
                configuration.ConnectTimeout = 1000;
                configuration.ConnectRetry = 1;
                // The client gives up no sooner than the request that needs the answer; the one for asynchronous commands follows it.
                configuration.SyncTimeout = Math.Max(1000, (int)options.NeededRedisTimeout.TotalMilliseconds);
                configuration.AbortOnConnectFail = false;
                // By default the client keeps commands while there is no connection, and sends them when the server
                // is back, long after the request was answered.
                configuration.BacklogPolicy = BacklogPolicy.FailFast;
            }
        );

        builder.Services.AddSingleton<PostgresStore>();
        builder.Services.AddHostedService<ConnectionShare>();
        builder.Services.AddSingleton<RedisStore>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RedisStore>());

        // A store that is down degrades every replica alike: no reason to take one out of the balancing.
        builder
            .Services.AddHealthChecks()
            .AddCheck<PostgresHealthCheck>(Store.Postgres, HealthStatus.Degraded)
            .AddCheck<RedisHealthCheck>(Store.Redis, HealthStatus.Degraded);
    }

    private static void Configure(NpgsqlConnectionStringBuilder connection, StoreOptions options, string replica)
    {
        connection.ApplicationName = ConnectionShare.NamePrefix + replica;
        connection.MaxPoolSize = options.PostgresConnections + ConnectionShare.Others;
        // What is beyond the share of a replica goes soon when more replicas start.
        connection.ConnectionIdleLifetime = 30;
        // Before the client loses patience, so that a statement that took too long is known to have changed nothing.
        connection.Options = string.Create(
                CultureInfo.InvariantCulture,
                $"{connection.Options} -c statement_timeout={(int)(options.PostgresTimeout.TotalMilliseconds * 0.8)}"
            )
            .TrimStart();
        // For a new connection, or for one of the pool.
        connection.Timeout = Math.Max(1, (int)Math.Ceiling(options.PostgresTimeout.TotalSeconds));
        // Nobody waits that long; it frees the connection to a server that is gone without a word.
        connection.CommandTimeout = Math.Max(30, 2 * connection.Timeout);
        connection.CancellationTimeout = -1;
        connection.MaxAutoPrepare = 32;
        connection.AutoPrepareMinUsages = 2;
    }
}
