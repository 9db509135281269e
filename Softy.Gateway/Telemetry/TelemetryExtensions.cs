using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Softy.Gateway.Measurements;

namespace Softy.Gateway.Telemetry;

/// <summary>What the gateway adds to the telemetry that every service sends. Where none is sent, nothing is collected.</summary>
internal static class TelemetryExtensions
{
    private const string YarpSource = "Yarp.ReverseProxy";

    public static IServiceCollection AddGatewayTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<ReplicaMetrics>();
        services.AddSingleton<YarpMetrics>();
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource(YarpSource));
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics
            .AddMeter(GatewayMetrics.MeterName, YarpMetrics.MeterName)
            .AddInstrumentation(provider => provider.GetRequiredService<ReplicaMetrics>())
            .AddInstrumentation(provider => provider.GetRequiredService<YarpMetrics>()));
        return services;
    }
}
