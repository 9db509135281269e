using Microsoft.Extensions.Options;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>Takes notices of changes, from this replica and, through Redis, from the others.</summary>
internal sealed class LiveNotices(
    RedisStore redis,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<LiveNotices> logger
) : BackgroundService
{
    private readonly Signal _counted = new();

    /// <summary>Set when messages may have changed.</summary>
    public Signal Messages { get; } = new();

    /// <summary>Set when visits may have been counted.</summary>
    public Signal Visits { get; } = new();

    /// <summary>Messages were committed by this replica; Redis tells the others.</summary>
    public void MessagesChanged() => Messages.Set();

    /// <summary>Visits were counted by this replica.</summary>
    public void VisitsChanged() => _counted.Set();

    public override void Dispose()
    {
        base.Dispose();
        Messages.Dispose();
        Visits.Dispose();
        _counted.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ListenAsync(stoppingToken), AnnounceVisitsAsync(stoppingToken));

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        var connection = await redis.Connection.WaitAsync(stoppingToken);
        connection.ConnectionRestored += (_, _) =>
        {
            // What was said meanwhile was not heard.
            Messages.Set();
            Visits.Set();
        };

        var persistence = new Persistence(
            "Listening for notices of other replicas",
            options.Value.PollInterval,
            time,
            logger
        );
        while (
            !await persistence.TryAsync(
                _ =>
                    connection
                        .GetSubscriber()
                        .SubscribeAsync(
                            LiveChannel.Channel,
                            (_, notice) => (notice == LiveChannel.Visits ? Visits : Messages).Set()
                        ),
                stoppingToken
            )
        ) { }
    }

    /// <summary>Gives notice of visits, however many there were, once per interval.</summary>
    private async Task AnnounceVisitsAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _counted.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken);
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
                // The readers' replicas look by themselves now and then.
            }

            await Task.Delay(options.Value.VisitsInterval, time, stoppingToken);
        }
    }
}
