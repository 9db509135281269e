using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Npgsql;
using Softy.Api.Stores;

namespace Softy.Api.Live;

/// <summary>Writes the feed to one reader, at the reader's pace.</summary>
internal sealed class LiveStream(LiveFeed feed, LiveCatchUp catchUp, TimeProvider time)
{
    /// <summary>About how much is written before the reader must have taken it.</summary>
    private const int MaxBytes = 32 * 1024;

    private static readonly TimeSpan _longestStart = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan _outageDelay = TimeSpan.FromMilliseconds(500);
    private static readonly byte[] _retry = "retry: 1000\n\n"u8.ToArray();
    private static readonly byte[] _heartbeat = ": still here\n\n"u8.ToArray();

    /// <param name="output">Where to write.</param>
    /// <param name="lastEventId">The last event that the reader has seen, as it says; none for a reader that begins.</param>
    /// <param name="cancellationToken">Fires when the reader is gone.</param>
    public async Task WriteAsync(PipeWriter output, string? lastEventId, CancellationToken cancellationToken)
    {
        // A reader that gets an answer gets everything from then on: it needs a place first. When the log cannot be read it
        // is told to load again once it can.
        var isFollowing = await WaitForLogAsync(cancellationToken);

        // What a reader shows may have holes when its place is unknown, or when the log does not go back that far.
        LiveCursor? place = LiveCursor.TryParse(lastEventId, out var cursor) ? cursor : null;
        var mayHaveHoles = lastEventId is not null || !isFollowing;
        var isUnknown = mayHaveHoles && place is null;

        var (visitsVersion, heartbeats) = (-1, -1);
        var events = new List<LiveEvent>();

        output.Write(_retry);
        while (!cancellationToken.IsCancellationRequested)
        {
            events.Clear();
            var view = feed.Look(place, MaxBytes, events);
            if (view.Stopped)
            {
                return;
            }

            var isBehind = false;
            if (view.End is { } end)
            {
                try
                {
                    if (mayHaveHoles)
                    {
                        isUnknown = isUnknown || !await catchUp.IsPossibleAsync(place!.Value, cancellationToken);
                        mayHaveHoles = false;
                    }

                    if (place is null || isUnknown)
                    {
                        output.Write(
                            Encoding.ASCII.GetBytes(
                                isUnknown ? $"id: {end}\nevent: reset\ndata: {{}}\n\n" : $"id: {end}\n\n"
                            )
                        );
                        (place, isUnknown) = (end, false);
                        events.Clear();
                    }
                    else if (!view.InBuffer)
                    {
                        var batch = await catchUp.ReadAsync(place.Value, cancellationToken);
                        events.AddRange(batch.Events);
                        // Read to the end, the log has shown all that the view had, and perhaps more.
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
                // Waits for a slow reader; meanwhile nothing is kept for it.
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

    /// <summary>Waits until this replica follows the log, but not for long.</summary>
    private async Task<bool> WaitForLogAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var view = feed.Look(after: null, maxBytes: 0, []);
            var remaining = _longestStart - time.GetElapsedTime(started);
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
