using Softy.Gateway.Settings;

namespace Softy.Gateway.Discovery;

/// <summary>Keeps the <see cref="ServiceDirectory"/> up to date.</summary>
internal sealed class DiscoveryService(ServiceDirectory directory, LiveSettings<DiscoverySettings> settings, TimeProvider time)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await directory.RefreshAsync(stoppingToken);
            await Task.Delay(settings.Current.RefreshInterval, time, stoppingToken);
        }
    }
}
