namespace Softy.Tests.Faults;

/// <summary>
/// The application with data volumes, where tests can set the wall clock of every service, but not of the stores: Redis
/// with its allocator does not start with libfaketime, and neither does PostgreSQL when root starts it for another
/// account.
/// </summary>
public sealed class ClockApp : FaultApp
{
    /// <summary>The resources whose clock can be set.</summary>
    public static readonly string[] Resources = [.. FaultRun.Replicas, "web", "gateway"];

    internal Clocks Clocks { get; } = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Clocks.Dispose();
    }

    protected override void Configure(IDistributedApplicationTestingBuilder builder) => Clocks.Give(builder, Resources);
}
