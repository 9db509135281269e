using System.Text.Json;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Status;

/// <summary>
/// The status as an event, read and serialised once for all who watch it: every second, and when a replica's health
/// changes. While nobody watches, nothing is done.
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

    /// <summary>The newest event, at most a second old.</summary>
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

    /// <summary>Takes a place among those who watch.</summary>
    /// <returns>False when there is none; else <see cref="RemoveWatcher"/> gives it back.</returns>
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
        // Asked for before the status is read, so that no change falls between the two.
        var change = signal.NextChange;
        var json = JsonSerializer.SerializeToUtf8Bytes(reader.Read(), GatewayStatusJson.Default.GatewayStatus);
        return new StatusEvent(
            [.. "event: status\ndata: "u8, .. json, .. "\n\n"u8],
            Task.WhenAny(change, Task.Delay(_interval, time))
        );
    }
}

/// <summary>One event for all who watch.</summary>
/// <param name="content">The event as it is sent.</param>
/// <param name="superseded">Completes when the next event is due.</param>
internal sealed class StatusEvent(byte[] content, Task superseded)
{
    public ReadOnlyMemory<byte> Content => content;

    public Task Superseded => superseded;
}
