using Softy.Gateway.Configuration;

namespace Softy.Gateway.Discovery;

/// <summary>Keeps the <see cref="ServiceDirectory"/> up to date.</summary>
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
            // Whatever it was: the gateway goes on with the addresses that it knows, and looks them up again.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogError(exception);
            }

            await Task.Delay(options.Current.RefreshInterval, time, stoppingToken);
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Error,
        "Looking names up has failed with an error of the gateway's own; it is tried again."
    )]
    private partial void LogError(Exception exception);
}
