using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Softy.Gateway.Measurements;

namespace Softy.Gateway.Telemetry;

/// <summary>
/// What the gateway adds to the telemetry that every service sends. Where none is sent, nothing is collected. The
/// counters of YARP 2.3 are event counters, which OpenTelemetry does not read; the metrics of the replicas, and those
/// of the HTTP client, have the same numbers.
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
