using Microsoft.Extensions.Options;
using Softy.Api.Schema;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>
/// Follows the log of message events while there are readers: at once when a replica gives notice, and at intervals in case
/// a notice is lost.
/// </summary>
internal sealed partial class MessageFollower(
    LiveFeed feed,
    LiveLog log,
    LiveNotices notices,
    SchemaState schema,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<MessageFollower> logger
) : BackgroundService
{
    private const int BatchSize = 500;

    private static readonly TimeSpan _shortestWait = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _warnAfter = TimeSpan.FromSeconds(5);

    private TimeSpan _wait = _shortestWait;
    private long _waitingSince;
    private bool _hasWarned;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Ready.WaitAsync(stoppingToken);
        var persistence = new Persistence("Following the messages", options.Value.PollInterval, time, logger);
        while (true)
        {
            if (feed.WaitForReadersAsync(stoppingToken) is { IsCompletedSuccessfully: false } readers)
            {
                feed.Begin(place: null);
                await readers;
            }

            await persistence.TryAsync(FollowAsync, stoppingToken);
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        if (feed.Buffer is null)
        {
            await log.ExemptAsync(stoppingToken);
            feed.Begin(await log.GetEndAsync(stoppingToken));
        }

        var batch = await log.ReadAsync(feed.Buffer!.End, BatchSize, stoppingToken);
        if (batch.Position > feed.Buffer.End)
        {
            feed.Append(batch);
            (_wait, _waitingSince, _hasWarned) = (_shortestWait, 0, false);
        }

        switch (batch.End)
        {
            case LiveBatchEnd.Complete:
                (_wait, _waitingSince, _hasWarned) = (_shortestWait, 0, false);
                await notices.Messages.WaitAsync(options.Value.PollInterval, stoppingToken);
                break;
            case LiveBatchEnd.Unsettled:
                await WaitForWriterAsync(stoppingToken);
                break;
        }
    }

    /// <summary>Waits a little longer each time for a transaction that may still write to the log.</summary>
    private async Task WaitForWriterAsync(CancellationToken stoppingToken)
    {
        if (_waitingSince == 0)
        {
            _waitingSince = time.GetTimestamp();
        }

        if (await log.ExemptAsync(stoppingToken))
        {
            // Nothing but transactions that do not write to the log may have been in the way.
            _wait = _shortestWait;
        }
        else if (!_hasWarned && time.GetElapsedTime(_waitingSince) >= _warnAfter)
        {
            _hasWarned = true;
            LogBlocked(_warnAfter.TotalSeconds, await log.DescribeWriterAsync(stoppingToken));
        }

        await Task.Delay(_wait, time, stoppingToken);
        _wait = _wait * 2 < _longestWait ? _wait * 2 : _longestWait;
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Readers have not been shown new messages for {Seconds} s: a transaction that writes to message_events does not end. It belongs to {Writer}."
    )]
    private partial void LogBlocked(double seconds, string writer);
}
