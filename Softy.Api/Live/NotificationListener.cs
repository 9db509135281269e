using Microsoft.Extensions.Options;
using Softy.Api.Notifications;
using Softy.Api.Stores;
using StackExchange.Redis;

namespace Softy.Api.Live;

/// <summary>Receives notifications of changes from all replicas through Redis.</summary>
internal sealed class NotificationListener(
    RedisExecutor redis,
    ChangeNotifications notifications,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<NotificationListener> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var connection = await redis.Connection.WaitAsync(stoppingToken);
        connection.ConnectionRestored += (_, _) =>
        {
            // Notifications during the outage were lost.
            notifications.Messages.Set();
            notifications.ReceiveVisitsChanged();
        };

        var retry = new BackgroundRetry(
            "Listening for notifications of other replicas",
            options.Value.PollInterval,
            time,
            logger
        );
        while (
            !await retry.TryAsync(
                _ => connection.GetSubscriber().SubscribeAsync(NotificationChannel.Channel, (_, kind) => Receive(kind)),
                stoppingToken
            )
        ) { }
    }

    private void Receive(RedisValue kind)
    {
        if (kind == NotificationChannel.Visits)
        {
            notifications.ReceiveVisitsChanged();
        }
        else
        {
            notifications.Messages.Set();
        }
    }
}
