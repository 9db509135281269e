using Aspire;
using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers Redis connections. Stands for <c>Microsoft.Extensions.Hosting.AspireRedisExtensions</c>.</summary>
public static class AspireRedisExtensions
{
    private const string SectionName = "Aspire:StackExchange:Redis";

    /// <summary>
    /// Registers a singleton <see cref="IConnectionMultiplexer"/> with a health check (<c>StackExchange.Redis</c>) and
    /// traces. Stands for <c>AspireRedisExtensions.AddRedisClient</c>.
    /// </summary>
    /// <remarks>
    /// Settings come from the section <c>Aspire:StackExchange:Redis</c>, then <c>Aspire:StackExchange:Redis:{connectionName}</c>,
    /// then <c>ConnectionStrings:{connectionName}</c>, then <paramref name="configureSettings"/>; the later one wins.
    /// A server that cannot be reached is no failure: the connection is tried again in the background.
    /// </remarks>
    /// <param name="builder">The host to add to.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configureSettings">Changes the settings after they were read from the configuration.</param>
    /// <param name="configureOptions">Changes the client's options before it connects.</param>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        var settings = ClientSettings.Read<StackExchangeRedisSettings>(
            builder, SectionName, connectionName, static (s, connectionString) => s.ConnectionString = connectionString, configureSettings);

        builder.Services.TryAddSingleton<IConnectionMultiplexer>(services =>
        {
            if (string.IsNullOrEmpty(settings.ConnectionString))
            {
                throw new InvalidOperationException(
                    $"There is no connection string for Redis. Set 'ConnectionStrings:{connectionName}', or "
                    + $"'ConnectionString' in the configuration section '{SectionName}:{connectionName}' or '{SectionName}'.");
            }

            var options = ConfigurationOptions.Parse(settings.ConnectionString);
            if (!settings.ConnectionString.Contains("abortConnect", StringComparison.OrdinalIgnoreCase))
            {
                options.AbortOnConnectFail = false;
            }

            var section = builder.Configuration.GetSection(SectionName);
            section.GetSection("ConfigurationOptions").Bind(options);
            section.GetSection($"{connectionName}:ConfigurationOptions").Bind(options);
            configureOptions?.Invoke(options);

            var connection = ConnectionMultiplexer.Connect(options);
            // Results complete on the thread pool as they come; the newer client has no other mode.
            connection.PreserveAsyncOrder = false;
            if (!settings.DisableTracing)
            {
                RedisTracing.Watch(connection);
            }

            return connection;
        });

        if (!settings.DisableHealthChecks)
        {
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                "StackExchange.Redis",
                services => new RedisHealthCheck(services.GetRequiredService<IConnectionMultiplexer>),
                failureStatus: null,
                tags: null));
        }

        if (!settings.DisableTracing)
        {
            builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource(RedisTracing.SourceName));
        }
    }
}
