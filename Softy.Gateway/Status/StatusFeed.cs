using System.Text.Json;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Status;

/// <summary>
/// Provides the status as a server-sent event, which is created once for all watchers: every second, and when the
/// health of a replica changes. Nothing is created while there are no watchers.
/// </summary>
internal sealed class StatusFeed(
    StatusReader reader,
    StatusSignal signal,
    LiveOptions<StatusOptions> options,
    TimeProvider time
)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private StatusEvent? _latest;
    private int _watchers;

    /// <summary>The latest event. It is at most a second old.</summary>
    public StatusEvent Latest
    {
        get
        {
            lock (_lock)
            {
                return _latest is { Superseded.IsCompleted: false } latest ? latest : _latest = Create();
            }
        }
    }

    /// <summary>Registers a watcher.</summary>
    /// <returns>
    /// False if there are too many watchers. Otherwise the caller must call <see cref="RemoveWatcher"/> at the end.
    /// </returns>
    public bool TryAddWatcher()
    {
        if (Interlocked.Increment(ref _watchers) <= options.Current.MaxStreams)
        {
            return true;
        }

        RemoveWatcher();
        return false;
    }

    public void RemoveWatcher() => Interlocked.Decrement(ref _watchers);

    private StatusEvent Create()
    {
        // Subscribes before reading the status, so that no change in between is missed.
        var change = signal.NextChange;
        var json = JsonSerializer.SerializeToUtf8Bytes(reader.Read(), GatewayStatusJson.Default.GatewayStatus);
        return new StatusEvent(
            [.. "event: status\ndata: "u8, .. json, .. "\n\n"u8],
            Task.WhenAny(change, Task.Delay(_interval, time))
        );
    }
}

/// <summary>A status event that is shared by all watchers.</summary>
/// <param name="content">The encoded event.</param>
/// <param name="superseded">Completes when it is time for the next event.</param>
internal sealed class StatusEvent(byte[] content, Task superseded)
{
    public ReadOnlyMemory<byte> Content => content;

    public Task Superseded => superseded;
}
