using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using Softy.Api.Http;
using Softy.Api.Schema;
using Softy.Api.Stores;
using Softy.Api.Visits;
using StackExchange.Redis;

namespace Softy.Api.Live;

/// <summary>
/// What the readers of this replica are shown. While there are readers, it follows the log of message events and the visit
/// totals: at once when a replica gives notice through Redis, and at intervals in case a notice is lost. Readers are not
/// queued for: each knows its own place, and a slow one reads what it missed from the database.
/// </summary>
internal sealed partial class LiveFeed : BackgroundService
{
    private const int BatchSize = 500;

    private static readonly TimeSpan _settleDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _outageDelay = TimeSpan.FromMilliseconds(250);

    private readonly LiveLog _log;
    private readonly VisitCounter _visits;
    private readonly RedisStore _redis;
    private readonly SchemaState _schema;
    private readonly LiveOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveFeed> _logger;

    private readonly Lock _lock = new();
    private readonly Signal _messagesSignal = new();
    private readonly Signal _visitsSignal = new();
    private readonly Signal _visitsCounted = new();
    private TaskCompletionSource _changed = NewChange();
    private TaskCompletionSource _active = NewChange();
    private LiveBuffer? _buffer;
    private ReadOnlyMemory<byte> _visitsFrame;
    private int _visitsVersion;
    private int _heartbeats;
    private int _readers;
    private bool _stopped;

    public LiveFeed(
        LiveLog log,
        VisitCounter visits,
        RedisStore redis,
        SchemaState schema,
        IOptions<LiveOptions> options,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        ILogger<LiveFeed> logger)
    {
        _log = log;
        _visits = visits;
        _redis = redis;
        _schema = schema;
        _options = options.Value;
        _time = time;
        _logger = logger;
        // Readers are sent away when the replica begins to drain: they go on at another one, from where they were.
        lifetime.ApplicationStopping.Register(Stop);
    }

    /// <summary>Messages were committed by this replica.</summary>
    public void MessagesChanged() => _messagesSignal.Set();

    /// <summary>Visits were counted by this replica.</summary>
    public void VisitsChanged() => _visitsCounted.Set();

    /// <summary>Registers a reader; disposing the result takes it off again.</summary>
    /// <returns>Nothing when there are too many readers.</returns>
    public IDisposable? TryAddReader()
    {
        lock (_lock)
        {
            if (_readers >= _options.MaxReaders)
            {
                return null;
            }

            if (_readers++ == 0)
            {
                _active.TrySetResult();
            }
        }

        return new Reader(this);
    }

    /// <summary>What there is for a reader to see now.</summary>
    /// <param name="after">The reader's place; none for a reader that begins here and now.</param>
    /// <param name="maxBytes">About how much the reader takes at once.</param>
    /// <param name="events">Gets the events.</param>
    public LiveView Look(LiveCursor? after, int maxBytes, List<LiveEvent> events)
    {
        lock (_lock)
        {
            var inBuffer = _buffer is not null && (after is not { } place || _buffer.TryCopy(place, maxBytes, events));
            return new LiveView(
                inBuffer, _buffer?.End, _visitsFrame, _visitsVersion, _heartbeats, _stopped, _changed.Task);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _messagesSignal.Dispose();
        _visitsSignal.Dispose();
        _visitsCounted.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _schema.Ready.WaitAsync(stoppingToken);
        await Task.WhenAll(
            ListenAsync(stoppingToken),
            AnnounceVisitsAsync(stoppingToken),
            FollowMessagesAsync(stoppingToken),
            FollowVisitsAsync(stoppingToken),
            BeatAsync(stoppingToken));
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        var connection = await _redis.Connection.WaitAsync(stoppingToken);
        connection.ConnectionRestored += (_, _) =>
        {
            // What was said meanwhile was not heard.
            _messagesSignal.Set();
            _visitsSignal.Set();
        };

        while (true)
        {
            try
            {
                await connection.GetSubscriber().SubscribeAsync(LiveChannel.Channel, (_, notice) =>
                    (notice == LiveChannel.Visits ? _visitsSignal : _messagesSignal).Set());
                return;
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                LogNotListening(exception.Message);
                await Task.Delay(_options.PollInterval, _time, stoppingToken);
            }
        }
    }

    /// <summary>Gives notice of visits, however many there were, once per interval.</summary>
    private async Task AnnounceVisitsAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _visitsCounted.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken);
            try
            {
                await _redis.RunAsync(
                    static (database, _) => database.PublishAsync(LiveChannel.Channel, LiveChannel.Visits), 0, stoppingToken);
            }
            catch (StoreUnavailableException)
            {
                // The readers' replicas look by themselves now and then.
            }

            await Task.Delay(_options.VisitsInterval, _time, stoppingToken);
        }
    }

    private async Task FollowMessagesAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (WaitForReadersAsync(stoppingToken) is { IsCompletedSuccessfully: false } readers)
            {
                // Nothing is kept meanwhile: what happens now is in the log.
                Change(() => _buffer = null);
                await readers;
            }

            try
            {
                var buffer = _buffer;
                if (buffer is null)
                {
                    buffer = new LiveBuffer(_options.BufferedEvents, await _log.GetEndAsync(stoppingToken));
                    Change(() => _buffer = buffer);
                }

                var batch = await _log.ReadAsync(buffer.End, BatchSize, stoppingToken);
                if (batch.Position > buffer.End)
                {
                    Change(() => buffer.Append(batch.Events, batch.Position));
                }

                switch (batch.End)
                {
                    case LiveBatchEnd.Complete:
                        await _messagesSignal.WaitAsync(_options.PollInterval, stoppingToken);
                        break;
                    case LiveBatchEnd.Unsettled:
                        await Task.Delay(_settleDelay, _time, stoppingToken);
                        break;
                }
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(_outageDelay, _time, stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                // A statement that was cancelled, say. The readers must not wait for ever for a feed that has given up.
                LogUnreadable(exception.Message);
                await Task.Delay(_options.PollInterval, _time, stoppingToken);
            }
        }
    }

    private async Task FollowVisitsAsync(CancellationToken stoppingToken)
    {
        VisitTotals? shown = null;
        while (true)
        {
            await WaitForReadersAsync(stoppingToken);
            try
            {
                var totals = await _visits.GetAsync(stoppingToken);
                if (shown is null || totals.Total != shown.Total)
                {
                    shown = totals;
                    var frame = LiveEvent.CreateFrame(
                        "visits", JsonSerializer.SerializeToUtf8Bytes(totals, ApiJsonContext.Shared.VisitTotals));
                    Change(() => (_visitsFrame, _visitsVersion) = (frame, _visitsVersion + 1));
                }
            }
            catch (StoreUnavailableException)
            {
                // Tried again below.
            }

            await Task.Delay(_options.VisitsInterval, _time, stoppingToken);
            await _visitsSignal.WaitAsync(_options.PollInterval, stoppingToken);
        }
    }

    private async Task BeatAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.HeartbeatInterval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Change(() => _heartbeats++);
        }
    }

    /// <summary>Without readers nothing is followed, and no store is asked for anything.</summary>
    private Task WaitForReadersAsync(CancellationToken stoppingToken)
    {
        lock (_lock)
        {
            if (_readers > 0)
            {
                return Task.CompletedTask;
            }

            if (_active.Task.IsCompleted)
            {
                _active = NewChange();
            }

            return _active.Task.WaitAsync(stoppingToken);
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            (changed, _changed) = (_changed, NewChange());
        }

        changed.SetResult();
    }

    private void Stop() => Change(() => _stopped = true);

    [LoggerMessage(1, LogLevel.Warning, "Not listening for notices of other replicas yet: {Reason}")]
    private partial void LogNotListening(string reason);

    [LoggerMessage(2, LogLevel.Warning, "The log of message events could not be read: {Reason}")]
    private partial void LogUnreadable(string reason);

    private sealed class Reader(LiveFeed feed) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._lock)
            {
                feed._readers--;
            }
        }
    }
}

/// <summary>What a reader sees at a moment.</summary>
/// <param name="InBuffer">Whether the events are complete; if not, the reader is too far behind, or the log cannot be read.</param>
/// <param name="End">The place up to which the log was read; none while it cannot be read.</param>
/// <param name="Visits">The newest visit totals; empty while there are none.</param>
/// <param name="VisitsVersion">Grows with every new total.</param>
/// <param name="Heartbeats">Grows with every heartbeat.</param>
/// <param name="Stopped">Whether the reader is to leave.</param>
/// <param name="Changed">Completes when there is something else to see.</param>
internal readonly record struct LiveView(
    bool InBuffer,
    LiveCursor? End,
    ReadOnlyMemory<byte> Visits,
    int VisitsVersion,
    int Heartbeats,
    bool Stopped,
    Task Changed);
