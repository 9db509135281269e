using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Tests.Application;

namespace Softy.Tests.AppHost;

/// <summary>Two applications cannot use one data volume at the same time.</summary>
public sealed class VolumeTests
{
    private static readonly string[] _stores = ["postgres", "redis"];

    [Fact]
    public async Task A_volume_in_use_by_another_application_is_refused_until_that_one_ends()
    {
        using var volumes = new OwnVolumes();
        await using (var first = await StartAsync(volumes))
        {
            await ShouldBecomeHealthyAsync(first);

            await using var second = await StartAsync(volumes);
            foreach (var store in _stores)
            {
                await second.ResourceNotifications.WaitForResourceAsync(
                    store,
                    KnownResourceStates.TerminalStates,
                    Cancellation
                );
            }

            // The console shows the reason.
            var told = second.Services.GetRequiredService<ResourceLogs>();
            foreach (var store in _stores)
            {
                await Eventually.Async(
                    () =>
                        told.Last(category: "Softy ")
                            .Contains(
                                $"The data in {volumes.FolderOf(store)} are in use by another application.",
                                StringComparison.Ordinal
                            ),
                    $"the console says why {store} did not start"
                );
            }

            await ShouldBecomeHealthyAsync(first);
        }

        await using var next = await StartAsync(volumes);
        await ShouldBecomeHealthyAsync(next);
    }

    private static async Task ShouldBecomeHealthyAsync(DistributedApplication application)
    {
        foreach (var store in _stores)
        {
            await application.ResourceNotifications.WaitForResourceHealthyAsync(store, Cancellation);
        }
    }

    private static async Task<DistributedApplication> StartAsync(OwnVolumes volumes)
    {
        var builder = await SmallApplication.CreateBuilderAsync([.. _stores, "softydb"], $"--Volumes={volumes.Prefix}");
        var logs = new ResourceLogs();
        builder.Services.AddSingleton(logs);
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(logs));
        var application = await builder.BuildAsync(Cancellation);
        await application.StartAsync(Cancellation);
        return application;
    }
}
