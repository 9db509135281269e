using Softy.Tests.Api;

namespace Softy.Tests.Telemetry;

/// <summary>The tests that share an application with a telemetry receiver. They run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class TelemetryCollection : ICollectionFixture<TelemetryApp>
{
    public const string Name = "telemetry";
}

/// <summary>The application with a telemetry receiver instead of the dashboard.</summary>
public sealed class TelemetryApp : StoreApp
{
    private OtlpReceiver? _receiver;

    /// <summary>The key that services send to the receiver, as they do to the dashboard.</summary>
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
            var service = builder.CreateResourceBuilder(project);
            foreach (var (key, value) in Receiver.Settings(project.Name))
            {
                service.WithEnvironment(key, value);
            }
        }
    }
}
