using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Softy.ServiceDefaults.Draining;
using Softy.ServiceDefaults.Health;
using Softy.ServiceDefaults.Instances;
using Softy.ServiceDefaults.Settings;
using Softy.ServiceDefaults.Telemetry;

namespace Softy.ServiceDefaults;

/// <summary>What every service shares: telemetry, health endpoints, the replica's name, graceful shutdown.</summary>
/// <remarks>
/// The methods have the names of Aspire's template for this project. It differs from the template as follows:
/// <list type="bullet">
/// <item>The health endpoints are mapped in every environment, because Docker Compose, Swarm and the gateway probe
/// them. Clients reach only those of the gateway, which does not forward these paths.</item>
/// <item>There is no service discovery, because the gateway resolves the addresses of the replicas itself.</item>
/// <item>HTTP clients have no resilience handler, because the gateway retries and the stores have circuit
/// breakers.</item>
/// <item>OpenTelemetry is registered only where an OTLP endpoint is set, because it costs time for each request.</item>
/// <item>It adds draining, the replica's name, a settings file that reloads, and <c>--probe</c> for health
/// checks.</item>
/// </list>
/// </remarks>
public static class Extensions
{
    /// <summary>
    /// The address to which traces, metrics and logs are exported by OTLP. Without it the service collects none. In run
    /// mode it is set when the dashboard runs.
    /// </summary>
    /// <value>text; not set; an address such as <c>http://collector:4317</c></value>
    public const string OtlpEndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The tag of the checks that decide what <c>/alive</c> answers: those of the process itself.</summary>
    public const string LivenessTag = "live";

    /// <summary>The path that answers whether the service is ready to get requests.</summary>
    public const string HealthEndpointPath = "/health";

    /// <summary>The path that answers whether the process works.</summary>
    public const string AlivenessEndpointPath = "/alive";

    /// <summary>
    /// Adds the settings file, telemetry where an OTLP endpoint is set, health checks, the replica's name and draining.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.AddSettingsFile();
        builder.ConfigureOpenTelemetry();
        builder.AddDefaultHealthChecks();
        builder.AddInstance();
        builder.AddDraining();

        return builder;
    }

    /// <summary>
    /// Exports traces, metrics and logs to <see cref="OtlpEndpointKey"/>, and collects nothing where that is not set.
    /// OpenTelemetry reads everything else, such as the sampler and the service's name, from its own variables.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        if (!builder.ExportsTelemetry())
        {
            // ASP.NET Core creates an activity for each request when this category logs anything. That is a third of
            // what a small request allocates, and the activity's id replaces the one in the client's trace headers.
            builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
            return builder;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        // The clients of the stores add their instrumentation to the same providers.
        builder
            .Services.AddOpenTelemetry()
            .WithMetrics(metrics =>
                metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation()
            )
            .WithTracing(tracing =>
                tracing
                    .AddAspNetCoreInstrumentation(options => options.Filter = context => !IsProbe(context.Request.Path))
                    .AddHttpClientInstrumentation()
                    .AddProcessor(new BackgroundSpanFilter())
            )
            .UseOtlpExporter();
        builder.Services.AddHostedService<TelemetryShutdown>();

        return builder;
    }

    /// <summary>
    /// Adds a check that succeeds when the process can answer, and one that succeeds when it listens on all ports.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder
            .Services.AddHealthChecks()
            .AddCheck("self", () => HealthCheckResult.Healthy(), [LivenessTag])
            .AddCheck<StartedHealthCheck>("started");

        return builder;
    }

    /// <summary>Maps <c>/health</c> (ready to take requests) and <c>/alive</c> (the process works).</summary>
    /// <param name="app">The application to map them in.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        app.MapHealthChecks(
                HealthEndpointPath,
                new HealthCheckOptions { ResponseWriter = HealthReportWriter.WriteAsync }
            )
            .AllowHeldAnswers();
        app.MapHealthChecks(
            AlivenessEndpointPath,
            new HealthCheckOptions
            {
                Predicate = check => check.Tags.Contains(LivenessTag),
                ResponseWriter = HealthReportWriter.WriteAsync,
            }
        );

        return app;
    }

    /// <summary>
    /// Whether telemetry is exported. Where it is not, nothing that only telemetry needs is registered.
    /// </summary>
    /// <param name="builder">The host that is built.</param>
    /// <returns>Whether <see cref="OtlpEndpointKey"/> is set.</returns>
    public static bool ExportsTelemetry(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        return !string.IsNullOrWhiteSpace(builder.Configuration[OtlpEndpointKey]);
    }

    private static bool IsProbe(PathString path) =>
        path.StartsWithSegments(HealthEndpointPath, StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments(AlivenessEndpointPath, StringComparison.OrdinalIgnoreCase);
}
