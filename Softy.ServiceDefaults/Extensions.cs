using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Softy.ServiceDefaults.Draining;
using Softy.ServiceDefaults.Health;
using Softy.ServiceDefaults.Instances;
using Softy.ServiceDefaults.Settings;
using Softy.ServiceDefaults.Telemetry;

namespace Softy.ServiceDefaults;

/// <summary>What every service of Softy shares: telemetry, health endpoints, graceful shutdown.</summary>
public static class Extensions
{
    /// <summary>The tag of checks that say whether the process itself works; they alone answer <c>/alive</c>.</summary>
    public const string LivenessTag = "live";

    /// <summary>Adds health checks, draining on shutdown, and telemetry where an OTLP endpoint is configured.</summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.AddSettingsFile();
        builder.AddTelemetry();
        builder.AddInstance();
        builder.AddDraining();

        builder.Services.AddHealthChecks()
            .AddCheck("self", () => HealthCheckResult.Healthy(), [LivenessTag]);

        return builder;
    }

    /// <summary>Maps <c>/health</c> (ready to take requests) and <c>/alive</c> (the process works).</summary>
    /// <param name="app">The application to map them in.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = HealthReportWriter.WriteAsync });
        app.MapHealthChecks("/alive", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(LivenessTag),
            ResponseWriter = HealthReportWriter.WriteAsync,
        });

        return app;
    }
}
