using Softy.Gateway.Configuration;

namespace Softy.Gateway.Discovery;

/// <summary>Refreshes the <see cref="ServiceDirectory"/> periodically.</summary>
internal sealed partial class DiscoveryService(
    ServiceDirectory directory,
    LiveOptions<DiscoveryOptions> options,
    TimeProvider time,
    ILogger<DiscoveryService> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await directory.RefreshAsync(stoppingToken);
            }
            // Catches everything, because the gateway must keep running with the known addresses and try again.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogError(exception);
            }

            await Task.Delay(options.Current.RefreshInterval, time, stoppingToken);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The service discovery failed with an unexpected error. It will be retried.")]
    private partial void LogError(Exception exception);
}
