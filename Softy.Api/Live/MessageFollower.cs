using Microsoft.Extensions.Options;
using Softy.Api.Notifications;
using Softy.Api.Schema;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>
/// Reads the log of message events while there are readers: when a notification arrives, and at intervals in case one
/// is lost.
/// </summary>
internal sealed partial class MessageFollower(
    LiveFeed feed,
    LiveLog log,
    ChangeNotifications notifications,
    SchemaState schema,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<MessageFollower> logger
) : BackgroundService
{
    private const int BatchSize = 500;

    private static readonly TimeSpan _minWait = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _maxWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _warnAfter = TimeSpan.FromSeconds(5);

    private TimeSpan _wait = _minWait;
    private long _waitingSince;
    private bool _hasWarned;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Ready.WaitAsync(stoppingToken);
        var retry = new BackgroundRetry("Following the messages", options.Value.PollInterval, time, logger);
        while (true)
        {
            if (feed.WaitForReadersAsync(stoppingToken) is { IsCompletedSuccessfully: false } readers)
            {
                feed.DiscardBuffer();
                await readers;
            }

            await retry.TryAsync(ReadNextBatchAsync, stoppingToken);
        }
    }

    private async Task ReadNextBatchAsync(CancellationToken stoppingToken)
    {
        if (feed.Buffer is null)
        {
            await log.RefreshNonWritersAsync(stoppingToken);
            feed.StartBuffer(await log.GetEndAsync(stoppingToken));
        }

        var batch = await log.ReadAsync(feed.Buffer!.End, BatchSize, stoppingToken);
        if (batch.Position > feed.Buffer.End)
        {
            feed.Append(batch);
            (_wait, _waitingSince, _hasWarned) = (_minWait, 0, false);
        }

        switch (batch.End)
        {
            case LiveBatchEnd.Complete:
                (_wait, _waitingSince, _hasWarned) = (_minWait, 0, false);
                await notifications.Messages.WaitAsync(options.Value.PollInterval, stoppingToken);
                break;
            case LiveBatchEnd.WaitingForWriter:
                await WaitForWriterAsync(stoppingToken);
                break;
        }
    }

    /// <summary>Waits for a transaction that may still write to the log, with a delay that grows.</summary>
    private async Task WaitForWriterAsync(CancellationToken stoppingToken)
    {
        if (_waitingSince == 0)
        {
            _waitingSince = time.GetTimestamp();
        }

        if (await log.RefreshNonWritersAsync(stoppingToken))
        {
            // The newly found transactions do not write to the log, and may have been the only ones to wait for.
            _wait = _minWait;
        }
        else if (!_hasWarned && time.GetElapsedTime(_waitingSince) >= _warnAfter)
        {
            _hasWarned = true;
            LogBlocked(_warnAfter.TotalSeconds, await log.DescribeOldestWriterAsync(stoppingToken));
        }

        await Task.Delay(_wait, time, stoppingToken);
        _wait = _wait * 2 < _maxWait ? _wait * 2 : _maxWait;
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Live readers have got no new messages for {Seconds} s, because a transaction that writes to message_events "
            + "does not end. It belongs to {Writer}."
    )]
    private partial void LogBlocked(double seconds, string writer);
}
