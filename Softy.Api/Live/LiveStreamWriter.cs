using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Npgsql;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>Writes the feed to a reader, no faster than the reader receives it.</summary>
internal sealed class LiveStreamWriter(LiveFeed feed, LiveCatchUp catchUp, TimeProvider time)
{
    /// <summary>About how many bytes are written before the writer waits for the reader.</summary>
    private const int MaxBytes = 32 * 1024;

    private static readonly TimeSpan _maxWaitForLog = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan _outageDelay = TimeSpan.FromMilliseconds(500);
    private static readonly byte[] _retry = "retry: 1000\n\n"u8.ToArray();
    private static readonly byte[] _heartbeat = ": still here\n\n"u8.ToArray();

    /// <param name="output">The response body.</param>
    /// <param name="lastEventId">The last event that the reader has received; null for a new reader.</param>
    /// <param name="cancellationToken">Canceled when the reader disconnects.</param>
    public async Task WriteAsync(PipeWriter output, string? lastEventId, CancellationToken cancellationToken)
    {
        // A reader gets all events from its response on, so it needs a position before that. If the log cannot be read
        // now, the reader gets a reset later.
        var isFollowing = await WaitForLogAsync(cancellationToken);

        // A reader may have missed events when its position is unknown, or when the log does not go back that far.
        LiveCursor? place = LiveCursor.TryParse(lastEventId, out var cursor) ? cursor : null;
        var mayHaveMissedEvents = lastEventId is not null || !isFollowing;
        var mustReset = mayHaveMissedEvents && place is null;

        var (visitsVersion, heartbeats) = (-1, -1);
        var events = new List<LiveEvent>();

        output.Write(_retry);
        while (!cancellationToken.IsCancellationRequested)
        {
            events.Clear();
            var view = feed.GetView(place, MaxBytes, events);
            if (view.Stopped)
            {
                return;
            }

            var isBehind = false;
            if (view.End is { } end)
            {
                try
                {
                    if (mayHaveMissedEvents)
                    {
                        mustReset = mustReset || !await catchUp.CanReadFromAsync(place!.Value, cancellationToken);
                        mayHaveMissedEvents = false;
                    }

                    if (place is null || mustReset)
                    {
                        output.Write(
                            Encoding.ASCII.GetBytes(
                                mustReset ? $"id: {end}\nevent: reset\ndata: {{}}\n\n" : $"id: {end}\n\n"
                            )
                        );
                        (place, mustReset) = (end, false);
                        events.Clear();
                    }
                    else if (!view.InBuffer)
                    {
                        var batch = await catchUp.ReadAsync(place.Value, cancellationToken);
                        events.AddRange(batch.Events);
                        // A batch that reached the end of the log has at least all events of the view.
                        isBehind = batch.End == LiveBatchEnd.More;
                        place = isBehind || batch.Position > end ? batch.Position : end;
                    }
                    else if (events.Count > 0)
                    {
                        place = events[^1].Cursor;
                    }
                }
                catch (Exception exception) when (exception is StoreUnavailableException or NpgsqlException)
                {
                    events.Clear();
                    await Task.Delay(_outageDelay, time, cancellationToken);
                    isBehind = true;
                }
            }

            foreach (var item in events)
            {
                output.Write(item.Frame.Span);
            }

            if (view.VisitsVersion != visitsVersion && !view.Visits.IsEmpty)
            {
                visitsVersion = view.VisitsVersion;
                output.Write(view.Visits.Span);
            }

            if (view.Heartbeats != heartbeats)
            {
                heartbeats = view.Heartbeats;
                output.Write(_heartbeat);
            }

            if (output.UnflushedBytes > 0)
            {
                // Waits for a slow reader, for which nothing is queued meanwhile.
                var flushed = await output.FlushAsync(cancellationToken);
                if (flushed.IsCompleted)
                {
                    return;
                }
            }
            else if (!isBehind)
            {
                await view.Changed.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Waits a short time until this replica reads the log.</summary>
    private async Task<bool> WaitForLogAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var view = feed.GetView(after: null, maxBytes: 0, []);
            var remaining = _maxWaitForLog - time.GetElapsedTime(started);
            if (view.End is not null || view.Stopped || remaining <= TimeSpan.Zero)
            {
                return view.End is not null;
            }

            try
            {
                await view.Changed.WaitAsync(remaining, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }
}
