using Microsoft.Extensions.Options;
using Softy.Api.Notifications;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>
/// Notifies all replicas that this one has counted visits, at most once per interval, however many visits there were.
/// </summary>
internal sealed class VisitAnnouncer(
    RedisExecutor redis,
    ChangeNotifications notifications,
    IOptions<LiveOptions> options,
    TimeProvider time
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await notifications.OwnVisits.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken);
            try
            {
                await redis.RunAsync(
                    static (database, _) =>
                        database.PublishAsync(NotificationChannel.Channel, NotificationChannel.Visits),
                    0,
                    stoppingToken
                );
            }
            catch (StoreUnavailableException)
            {
                // The other replicas also poll at intervals.
            }

            await Task.Delay(options.Value.VisitsInterval, time, stoppingToken);
        }
    }
}
