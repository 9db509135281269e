using Microsoft.Extensions.Options;

namespace Softy.Api.Live;

/// <summary>
/// What the readers of this replica are shown. Readers are not queued for: each knows its own place, looks at what there
/// is, and a slow one reads what it missed from the database.
/// </summary>
internal sealed class LiveFeed : IDisposable
{
    private readonly LiveOptions _options;
    private readonly Lock _lock = new();
    private readonly ITimer _heartbeat;
    private TaskCompletionSource _changed = NewChange();
    private TaskCompletionSource _active = NewChange();
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
        // Readers are sent away when the replica begins to drain: they go on at another one, from where they were.
        lifetime.ApplicationStopping.Register(() => Change(() => _stopped = true));
    }

    /// <summary>The newest events; none while they are not followed. Changed by whoever follows the log, and nobody else.</summary>
    public LiveBuffer? Buffer => _buffer;

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

    /// <summary>Without readers nothing is followed, and no store is asked for anything.</summary>
    public Task WaitForReadersAsync(CancellationToken stoppingToken)
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

    /// <summary>Shows events from a place on, or none any more: what happens then is in the log.</summary>
    public void Begin(LiveCursor? place) =>
        Change(() => _buffer = place is { } start ? new LiveBuffer(_options.BufferedEvents, start) : null);

    /// <summary>Shows what was read from the log.</summary>
    public void Append(LiveBatch batch) => Change(() => _buffer!.Append(batch.Events, batch.Position));

    /// <summary>Shows the visit totals.</summary>
    public void ShowVisits(byte[] frame) => Change(() => (_visitsFrame, _visitsVersion) = (frame, _visitsVersion + 1));

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
    Task Changed
);
