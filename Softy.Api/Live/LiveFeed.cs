using Microsoft.Extensions.Options;

namespace Softy.Api.Live;

/// <summary>
/// The events that all readers of this replica share. There is no queue for each reader. A reader knows its own
/// position and copies the events after it; a slow one reads what it missed from the database.
/// </summary>
internal sealed class LiveFeed : IDisposable
{
    private readonly LiveOptions _options;
    private readonly Lock _lock = new();
    private readonly ITimer _heartbeat;
    private TaskCompletionSource _changed = NewChange();
    private TaskCompletionSource _readerArrived = NewChange();
    private LiveBuffer? _buffer;
    private ReadOnlyMemory<byte> _visitsFrame;
    private int _visitsVersion;
    private int _heartbeats;
    private int _readers;
    private bool _stopped;

    public LiveFeed(IOptions<LiveOptions> options, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        _options = options.Value;
        _heartbeat = time.CreateTimer(
            _ => Change(() => _heartbeats++),
            null,
            _options.HeartbeatInterval,
            _options.HeartbeatInterval
        );
        // Readers are disconnected when the replica starts to drain. They reconnect to another one and resume there.
        lifetime.ApplicationStopping.Register(() => Change(() => _stopped = true));
    }

    /// <summary>
    /// The newest events; null while the log is not read. Only <see cref="MessageFollower"/> changes it.
    /// </summary>
    public LiveBuffer? Buffer => _buffer;

    /// <summary>Registers a reader until the result is disposed.</summary>
    /// <returns>The registration; null when there are too many readers.</returns>
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
                _readerArrived.TrySetResult();
            }
        }

        return new Reader(this);
    }

    /// <summary>Completes when there is a reader. Without readers the replica queries no store for events.</summary>
    public Task WaitForReadersAsync(CancellationToken stoppingToken)
    {
        lock (_lock)
        {
            if (_readers > 0)
            {
                return Task.CompletedTask;
            }

            if (_readerArrived.Task.IsCompleted)
            {
                _readerArrived = NewChange();
            }

            return _readerArrived.Task.WaitAsync(stoppingToken);
        }
    }

    /// <summary>Gets what a reader can be sent now.</summary>
    /// <param name="after">The reader's position; null for a reader that starts now.</param>
    /// <param name="maxBytes">About how many bytes of events to copy.</param>
    /// <param name="events">Receives the events.</param>
    public LiveView GetView(LiveCursor? after, int maxBytes, List<LiveEvent> events)
    {
        lock (_lock)
        {
            var inBuffer =
                _buffer is not null && (after is not { } position || _buffer.TryCopy(position, maxBytes, events));
            return new LiveView(
                inBuffer,
                _buffer?.End,
                _visitsFrame,
                _visitsVersion,
                _heartbeats,
                _stopped,
                _changed.Task
            );
        }
    }

    /// <summary>Starts a buffer for the events after a position of the log.</summary>
    public void StartBuffer(LiveCursor start) => Change(() => _buffer = new LiveBuffer(_options.BufferedEvents, start));

    /// <summary>Discards the buffer when there are no readers.</summary>
    public void DiscardBuffer() => Change(() => _buffer = null);

    /// <summary>Adds events that were read from the log.</summary>
    public void Append(LiveBatch batch) => Change(() => _buffer!.Append(batch.Events, batch.Position));

    /// <summary>Replaces the frame about the visits: their totals, or that these are unavailable.</summary>
    public void SetVisits(byte[] frame) => Change(() => (_visitsFrame, _visitsVersion) = (frame, _visitsVersion + 1));

    public void Dispose() => _heartbeat.Dispose();

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

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

/// <summary>What a reader can be sent at one moment.</summary>
/// <param name="InBuffer">
/// Whether the buffer has all events after the reader's position. If not, the reader is too far behind, or the log
/// cannot be read.
/// </param>
/// <param name="End">The position up to which the log was read; null while it cannot be read.</param>
/// <param name="Visits">The newest frame about the visits; empty before the first.</param>
/// <param name="VisitsVersion">Grows with each change of the totals.</param>
/// <param name="Heartbeats">Grows with every heartbeat.</param>
/// <param name="Stopped">Whether the reader must be disconnected.</param>
/// <param name="Changed">Completes with the next change.</param>
internal readonly record struct LiveView(
    bool InBuffer,
    LiveCursor? End,
    ReadOnlyMemory<byte> Visits,
    int VisitsVersion,
    int Heartbeats,
    bool Stopped,
    Task Changed
);
