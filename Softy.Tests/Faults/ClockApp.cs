namespace Softy.Tests.Faults;

/// <summary>
/// The application as it runs for real, where the wall clock of every service can be set. Not those of the stores:
/// Redis,
/// with its allocator, and PostgreSQL, started as root for another account, do not start with libfaketime.
/// </summary>
public sealed class ClockApp : FaultApp
{
    /// <summary>What has a clock.</summary>
    public static readonly string[] Resources = [.. FaultRun.Replicas, "web", "gateway"];

    internal Clocks Clocks { get; } = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Clocks.Dispose();
    }

    protected override void Configure(IDistributedApplicationTestingBuilder builder) => Clocks.Give(builder, Resources);
}
