using Softy.Tests.Application;

namespace Softy.Tests.Embedded;

/// <summary>Two hosts do not write to one data volume.</summary>
public sealed class VolumeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public async Task A_volume_that_another_host_has_is_refused_until_that_host_ends(string store)
    {
        using var volumes = new OwnVolumes();
        await using (var first = await StartAsync(store, volumes))
        {
            await first.ResourceNotifications.WaitForResourceHealthyAsync(store, Cancellation);

            await using var second = await StartAsync(store, volumes);
            var state = await second.ResourceNotifications.WaitForResourceAsync(
                store, [KnownResourceStates.FailedToStart, KnownResourceStates.Running], Cancellation);
            state.ShouldBe(KnownResourceStates.FailedToStart);
        }

        await using var next = await StartAsync(store, volumes);
        await next.ResourceNotifications.WaitForResourceHealthyAsync(store, Cancellation);
    }

    private static async Task<DistributedApplication> StartAsync(string store, OwnVolumes volumes)
    {
        var builder = DistributedApplicationTestingBuilder.Create($"--Parameters:{store}-password=the-same-each-time");
        var volume = $"{volumes.Prefix}-{store}";
        if (store == "redis")
        {
            builder.AddRedis(store).WithDataVolume(volume);
        }
        else
        {
            builder.AddPostgres(store).WithDataVolume(volume);
        }

        var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        return app;
    }
}
