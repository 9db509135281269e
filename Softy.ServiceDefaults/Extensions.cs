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
/// The methods are those of Aspire's template for this project. It differs from the template in four things:
/// <list type="bullet">
/// <item>The health endpoints are there outside the Development environment too, because Docker Compose, Swarm and the
/// gateway probe them. From outside only the gateway's own can be reached: it forwards them to no replica.</item>
/// <item>There is no service discovery, because the gateway finds the replicas itself, and sees each of them.</item>
/// <item>HTTP clients have no resilience handler: the gateway retries, and the stores have circuit breakers.</item>
/// <item>Telemetry costs nothing where nobody takes it: without an OTLP endpoint nothing of it is registered.</item>
/// </list>
/// </remarks>
public static class Extensions
{
    /// <summary>
    /// The address to which traces, metrics and logs are sent by OTLP. Without it the service collects none. In run
    /// mode it is set where the dashboard runs.
    /// </summary>
    /// <value>text; not set; an address such as <c>http://collector:4317</c></value>
    public const string OtlpEndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The tag of checks that say whether the process itself works; they alone answer <c>/alive</c>.</summary>
    public const string LivenessTag = "live";

    private const string HealthEndpointPath = "/health";
    private const string AlivenessEndpointPath = "/alive";

    /// <summary>
    /// Adds settings that change while the service runs, telemetry where an OTLP endpoint is configured, health checks,
    /// the replica's name and draining.
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
    /// Sends traces, metrics and logs by OTLP where <see cref="OtlpEndpointKey"/> says, and collects nothing where it
    /// is absent. All else, such as the sampler and the service's name, is read from OpenTelemetry's own variables.
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
            // ASP.NET Core makes an activity for each request as soon as this category logs anything at all. It costs a
            // third of what a small request allocates, and its id would replace the one in the client's trace headers.
            builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
            return builder;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        // The clients of the stores add to the same providers.
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

    /// <summary>Adds a check that the process answers at all.</summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LivenessTag]);

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
        );
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

    /// <summary>Whether somebody takes telemetry. Where nobody does, nothing that only it needs is registered.</summary>
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
