using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Softy.Gateway.Measurements;

namespace Softy.Gateway.Telemetry;

/// <summary>
/// Adds the gateway's own metrics and traces to the telemetry that every service exports. Nothing is collected without
/// an exporter. The counters of YARP 2.3 are event counters, which OpenTelemetry does not read. The replica metrics and
/// the HTTP client's metrics have the same values.
/// </summary>
internal static class TelemetryExtensions
{
    private const string YarpSource = "Yarp.ReverseProxy";

    public static IServiceCollection AddGatewayTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<ReplicaMetrics>();
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource(YarpSource));
        services.ConfigureOpenTelemetryMeterProvider(metrics =>
            metrics
                .AddMeter(GatewayMetrics.MeterName)
                .AddInstrumentation(provider => provider.GetRequiredService<ReplicaMetrics>())
        );
        return services;
    }
}
