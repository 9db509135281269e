using System.Data.Common;
using Aspire;
using Aspire.Npgsql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Registers PostgreSQL data sources. Stands for <c>Microsoft.Extensions.Hosting.AspirePostgreSqlNpgsqlExtensions</c>.
/// </summary>
public static class AspirePostgreSqlNpgsqlExtensions
{
    private const string SectionName = "Aspire:Npgsql";

    /// <summary>
    /// Registers a singleton <see cref="NpgsqlDataSource"/> with a health check (<c>PostgreSql</c>), traces and metrics.
    /// Stands for <c>AspirePostgreSqlNpgsqlExtensions.AddNpgsqlDataSource</c>.
    /// </summary>
    /// <remarks>
    /// Settings come from the section <c>Aspire:Npgsql</c>, then <c>Aspire:Npgsql:{connectionName}</c>, then
    /// <c>ConnectionStrings:{connectionName}</c>, then <paramref name="configureSettings"/>; the later one wins.
    /// </remarks>
    /// <param name="builder">The host to add to.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configureSettings">Changes the settings after they were read from the configuration.</param>
    /// <param name="configureDataSourceBuilder">Changes the data source before it is built.</param>
    public static void AddNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<NpgsqlSettings>? configureSettings = null,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        var settings = ClientSettings.Read<NpgsqlSettings>(
            builder, SectionName, connectionName, static (s, connectionString) => s.ConnectionString = connectionString, configureSettings);

        builder.Services.TryAddSingleton(services =>
        {
            // Looked at when first used: by then there is a logger to complain to.
            if (string.IsNullOrEmpty(settings.ConnectionString))
            {
                throw new InvalidOperationException(
                    $"There is no connection string for PostgreSQL. Set 'ConnectionStrings:{connectionName}', or "
                    + $"'ConnectionString' in the configuration section '{SectionName}:{connectionName}' or '{SectionName}'.");
            }

            var dataSource = new NpgsqlDataSourceBuilder(settings.ConnectionString);
            dataSource.UseLoggerFactory(services.GetService<ILoggerFactory>());
            configureDataSourceBuilder?.Invoke(dataSource);
            return dataSource.Build();
        });
        builder.Services.TryAddSingleton<DbDataSource>(services => services.GetRequiredService<NpgsqlDataSource>());
        builder.Services.TryAddTransient(services => services.GetRequiredService<NpgsqlDataSource>().CreateConnection());
        builder.Services.TryAddTransient<DbConnection>(services => services.GetRequiredService<NpgsqlConnection>());

        if (!settings.DisableHealthChecks)
        {
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                "PostgreSql",
                services => new PostgreSqlHealthCheck(services.GetRequiredService<NpgsqlDataSource>()),
                failureStatus: null,
                tags: null));
        }

        if (!settings.DisableTracing)
        {
            builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource("Npgsql"));
        }

        if (!settings.DisableMetrics)
        {
            builder.Services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter("Npgsql"));
        }
    }
}
