using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Starts the dashboard, and starts it again when it dies.</summary>
internal sealed class DashboardKeeper(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    TimeProvider time,
    ILogger<DistributedApplication> logger) : BackgroundService
{
    private const int MostFailures = 3;

    // The start of the dashboard takes a processor for some seconds, which are the application's first.
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await WaitForOthersAsync(stoppingToken);
        for (var failures = 0; failures < MostFailures;)
        {
            await commands.ExecuteCommandAsync(DashboardResource.Name, KnownResourceCommands.StartCommand, stoppingToken);
            var wasReady = false;
            await notifications.WaitForResourceAsync(
                DashboardResource.Name,
                change =>
                {
                    wasReady |= change.Snapshot.ResourceReady is not null;
                    return ResourceNotificationService.IsUnavailable(change.Snapshot);
                },
                stoppingToken);
            failures = wasReady ? 0 : failures + 1;
            await Task.Delay(_pause, time, stoppingToken);
        }

        DashboardAbsence.Log(logger, $"It ended {MostFailures} times before it was ready.");
    }

    private async Task WaitForOthersAsync(CancellationToken stoppingToken)
    {
        var settled = model.Resources
            .Where(r => r.Name != DashboardResource.Name && !r.Annotations.OfType<ExplicitStartupAnnotation>().Any())
            .Select(r => notifications.WaitForResourceAsync(
                r.Name,
                change => change.Snapshot.ResourceReady is not null || ResourceNotificationService.IsUnavailable(change.Snapshot),
                stoppingToken));
        await Task.WhenAny(Task.WhenAll(settled), Task.Delay(_longestWait, time, stoppingToken));
        stoppingToken.ThrowIfCancellationRequested();
    }
}
