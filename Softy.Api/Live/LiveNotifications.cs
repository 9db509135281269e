using Microsoft.Extensions.Options;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>Receives notifications of changes, from this replica and, through Redis, from the others.</summary>
internal sealed class LiveNotifications(
    RedisExecutor redis,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<LiveNotifications> logger
) : BackgroundService
{
    private readonly Signal _visitsCounted = new();

    /// <summary>Set when messages may have changed.</summary>
    public Signal Messages { get; } = new();

    /// <summary>Set when visits may have been counted.</summary>
    public Signal Visits { get; } = new();

    /// <summary>
    /// Notifies this replica that it has committed messages. <c>MessageCache</c> notifies the others.
    /// </summary>
    public void NotifyMessagesChanged() => Messages.Set();

    /// <summary>Notifies all replicas that this one has counted visits.</summary>
    public void NotifyVisitsChanged() => _visitsCounted.Set();

    public override void Dispose()
    {
        base.Dispose();
        Messages.Dispose();
        Visits.Dispose();
        _visitsCounted.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ListenAsync(stoppingToken), AnnounceVisitsAsync(stoppingToken));

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        var connection = await redis.Connection.WaitAsync(stoppingToken);
        connection.ConnectionRestored += (_, _) =>
        {
            // Notifications during the outage were lost.
            Messages.Set();
            Visits.Set();
        };

        var retry = new BackgroundRetry(
            "Listening for notifications of other replicas",
            options.Value.PollInterval,
            time,
            logger
        );
        while (
            !await retry.TryAsync(
                _ =>
                    connection
                        .GetSubscriber()
                        .SubscribeAsync(
                            LiveChannel.Channel,
                            (_, kind) => (kind == LiveChannel.Visits ? Visits : Messages).Set()
                        ),
                stoppingToken
            )
        ) { }
    }

    /// <summary>Publishes at most one notification of visits per interval, however many visits there were.</summary>
    private async Task AnnounceVisitsAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _visitsCounted.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken);
            try
            {
                await redis.RunAsync(
                    static (database, _) => database.PublishAsync(LiveChannel.Channel, LiveChannel.Visits),
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
