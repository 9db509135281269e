namespace Softy.Tests.Publishing;

/// <summary>Deployments for all tests of a class that only read them.</summary>
public sealed class Published : IAsyncLifetime
{
    internal Deployment Compose { get; } = new();

    internal Deployment Swarm { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Compose.PublishAsync();
        await Swarm.PublishAsync("--Deployment:Target=swarm");
    }

    public ValueTask DisposeAsync()
    {
        Compose.Dispose();
        Swarm.Dispose();
        return ValueTask.CompletedTask;
    }
}
