using Softy.Tests.Api;

namespace Softy.Tests.Telemetry;

/// <summary>The application with a receiver of telemetry in the place of the dashboard.</summary>
public sealed class TelemetryApp : StoreApp
{
    private OtlpReceiver? _receiver;

    /// <summary>What services show to the receiver, as they do to the dashboard.</summary>
    public string Key { get; } = Guid.NewGuid().ToString("N");

    internal OtlpReceiver Receiver => _receiver ?? throw new InvalidOperationException("The receiver has not started.");

    public override async ValueTask InitializeAsync()
    {
        _receiver = await OtlpReceiver.StartAsync(Key);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Receiver.DisposeAsync();
    }

    protected override void Configure(IDistributedApplicationTestingBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var project in builder.Resources.OfType<ProjectResource>())
        {
            builder.CreateResourceBuilder(project)
                .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", Receiver.Address)
                .WithEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
                .WithEnvironment("OTEL_EXPORTER_OTLP_HEADERS", $"x-otlp-api-key={Key}")
                .WithEnvironment("OTEL_BSP_SCHEDULE_DELAY", "1000")
                .WithEnvironment("OTEL_BLRP_SCHEDULE_DELAY", "1000")
                .WithEnvironment("OTEL_METRIC_EXPORT_INTERVAL", "1000")
                .WithEnvironment("OTEL_TRACES_SAMPLER", "always_on");
        }
    }
}
