using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>Runs the health checks of running resources and tells when one is ready.</summary>
internal sealed partial class HealthMonitor(
    HealthCheckService checks,
    ResourceNotificationService notifications,
    IServiceProvider services,
    TimeProvider time,
    ILogger<HealthMonitor> logger)
{
    private static readonly TimeSpan _whileStarting = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _whileUnhealthy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _whileHealthy = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _start = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _longestCheck = TimeSpan.FromSeconds(5);

    /// <summary>Bounds every check: one that hangs must not hide that the resource does.</summary>
    public static void Bound(HealthCheckServiceOptions options)
    {
        foreach (var check in options.Registrations)
        {
            check.Timeout = _longestCheck;
        }
    }

    /// <summary>Watches a resource from its start to its end.</summary>
    /// <param name="resource">The resource, which runs.</param>
    /// <param name="ended">Ends the watch when the resource has ended.</param>
    public async Task WatchAsync(IResource resource, CancellationToken ended)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key).ToHashSet();
        var started = time.GetTimestamp();
        var ready = false;
        while (!ended.IsCancellationRequested)
        {
            var reports = keys.Count == 0 ? [] : await CheckAsync(keys, ended);
            if (ended.IsCancellationRequested)
            {
                return;
            }

            var healthy = reports.All(report => report.Status == HealthStatus.Healthy);
            Task? announcement = null;
            if (healthy && !ready)
            {
                ready = true;
                announcement = AnnounceAsync(resource, ended);
            }

            await notifications.PublishUpdateAsync(resource, snapshot => snapshot with
            {
                HealthReports = reports,
                ResourceReady = announcement ?? snapshot.ResourceReady,
            });

            if (keys.Count == 0)
            {
                return;
            }

            var pause = healthy
                ? _whileHealthy
                : time.GetElapsedTime(started) < _start ? _whileStarting : _whileUnhealthy;
            await Task.Delay(pause, time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ImmutableArray<HealthReportSnapshot>> CheckAsync(HashSet<string> keys, CancellationToken ended)
    {
        try
        {
            var result = await checks.CheckHealthAsync(check => keys.Contains(check.Name), ended);
            return
            [
                .. result.Entries.Select(entry => new HealthReportSnapshot(
                    entry.Key, entry.Value.Status, entry.Value.Description, entry.Value.Exception?.Message)
                {
                    LastRunAt = time.GetUtcNow().UtcDateTime,
                }),
            ];
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    private async Task AnnounceAsync(IResource resource, CancellationToken ended)
    {
        foreach (var callback in resource.Annotations.OfType<ResourceReadyCallback>())
        {
            try
            {
                await callback.Callback(new ResourceReadyEvent(resource, services), ended);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogCallbackFailed(logger, resource.Name, e);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "A callback for the ready resource '{Resource}' failed.")]
    private static partial void LogCallbackFailed(ILogger logger, string resource, Exception exception);
}
