using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Softy.ServiceDefaults;
using Softy.ServiceDefaults.Configuration;
using StackExchange.Redis;

namespace Softy.Api.Stores;

/// <summary>Adds PostgreSQL and Redis.</summary>
internal static class StoreExtensions
{
    public static void AddStores(this IHostApplicationBuilder builder)
    {
        StoreConnectionStrings.Resolve(builder.Configuration);

        builder.Services.AddSettings<StoreOptions>(
            StoreOptions.SectionName,
            static (section, options) => section.Bind(options)
        );
        var options = new StoreOptions();
        builder.Configuration.BindSettings(
            StoreOptions.SectionName,
            options,
            static (section, options) => section.Bind(options)
        );

        var replica = builder.Configuration["Instance:Name"] ?? Environment.MachineName;
        var hasNoExporter = !builder.ExportsTelemetry();

        // The health checks of the clients report Unhealthy and may take long. The ones below report Degraded and are
        // quick.
        builder.AddNpgsqlDataSource(
            StoreNames.Database,
            settings =>
            {
                settings.DisableHealthChecks = true;
                settings.DisableTracing |= hasNoExporter;
                settings.DisableMetrics |= hasNoExporter;
            },
            dataSource => Configure(dataSource.ConnectionStringBuilder, options, replica)
        );
        builder.AddRedisClient(
            StoreNames.Redis,
            settings =>
            {
                settings.DisableHealthChecks = true;
                settings.DisableTracing |= hasNoExporter;
            },
            configuration =>
            {
                configuration.ConnectTimeout = 1000;
                configuration.ConnectRetry = 1;
                // No shorter than the timeout of a request. The timeout of asynchronous commands has this value too.
                configuration.SyncTimeout = Math.Max(1000, (int)options.NeededRedisTimeout.TotalMilliseconds);
                configuration.AbortOnConnectFail = false;
                // By default the client queues commands while it is disconnected, and sends them when the server is
                // back, long after the request was answered.
                configuration.BacklogPolicy = BacklogPolicy.FailFast;
            }
        );

        builder.Services.AddSingleton<PostgresExecutor>();
        builder.Services.AddHostedService<ConnectionShareService>();
        builder.Services.AddSingleton<RedisExecutor>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RedisExecutor>());

        // A store that is down degrades all replicas alike, so it is no reason to eject one.
        builder
            .Services.AddHealthChecks()
            .AddCheck<PostgresHealthCheck>(StoreNames.Postgres, HealthStatus.Degraded)
            .AddCheck<RedisHealthCheck>(StoreNames.Redis, HealthStatus.Degraded);
    }

    private static void Configure(NpgsqlConnectionStringBuilder connection, StoreOptions options, string replica)
    {
        connection.ApplicationName = ConnectionShareService.NamePrefix + replica;
        connection.MaxPoolSize = options.PostgresConnections + ConnectionShareService.ReservedConnections;
        // Connections beyond the share of this replica close soon after more replicas have started.
        connection.ConnectionIdleLifetime = 30;
        // Shorter than the timeout of this replica, so that a statement that takes too long has changed nothing.
        connection.Options = string.Create(
                CultureInfo.InvariantCulture,
                $"{connection.Options} -c statement_timeout={(int)(options.PostgresTimeout.TotalMilliseconds * 0.8)}"
            )
            .TrimStart();
        // The timeout for a new connection or one from the pool.
        connection.Timeout = Math.Max(1, (int)Math.Ceiling(options.PostgresTimeout.TotalSeconds));
        // Longer than any request waits. It frees connections to a server that has vanished without closing them.
        connection.CommandTimeout = Math.Max(30, 2 * connection.Timeout);
        connection.CancellationTimeout = -1;
        connection.MaxAutoPrepare = 32;
        connection.AutoPrepareMinUsages = 2;
    }
}
