using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>Makes a service tell what it does.</summary>
public static class TelemetryExtensions
{
    /// <summary>The configuration key of the address that telemetry goes to.</summary>
    public const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // ASP.NET Core 10 names its spans' attributes by the semantic conventions only when this is off.
    private const string SuppressSwitch = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    /// <summary>
    /// Sends traces, metrics and logs by OTLP where <see cref="EndpointKey"/> says, and collects nothing where it is absent.
    /// Everything else, such as the sampler and the service's name, is read from OpenTelemetry's own variables.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of host that is built.</typeparam>
    /// <param name="builder">The host to add to.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder AddTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        if (string.IsNullOrWhiteSpace(builder.Configuration[EndpointKey]))
        {
            // The clients of the stores would collect what nobody takes.
            builder.Configuration.AddInMemoryCollection(
            [
                new("Aspire:Npgsql:DisableTracing", "true"),
                new("Aspire:Npgsql:DisableMetrics", "true"),
                new("Aspire:StackExchange:Redis:DisableTracing", "true"),
            ]);
            return builder;
        }

        AppContext.SetSwitch(SuppressSwitch, false);
        builder.Services.AddSingleton<IStartupFilter, RequestSpans>();

        // Any other registration, such as that of a store's client, adds to the same providers.
        new TelemetryBuilder(builder.Services)
            .WithTracing(tracing => tracing
                .AddSource("Microsoft.AspNetCore", "System.Net.Http")
                .AddProcessor(new ProbeFilter()))
            .WithMetrics(metrics => metrics.AddMeter("Microsoft.AspNetCore.*", "System.Net.*", "System.Runtime"))
            .WithLogging(null, logs =>
            {
                logs.IncludeFormattedMessage = true;
                logs.IncludeScopes = true;
            })
            .UseOtlpExporter();
        builder.Services.AddHostedService<TelemetryService>();

        return builder;
    }

    private sealed class TelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services { get; } = services;
    }
}
