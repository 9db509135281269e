using Softy.Gateway.Configuration;

namespace Softy.Gateway.Limits;

/// <summary>
/// Counts the answers that stay open for as long as their clients like: event streams and WebSockets. They have
/// limits of their own in place of a turn among the requests, because a few of them would take all turns for hours.
/// </summary>
/// <remarks>
/// What counts is the answer. A request that merely asks for such an answer waits for its turn like every other, and
/// gives it back when it gets one; so nobody passes the limit of the requests by asking for what no replica gives.
/// </remarks>
internal sealed class OpenStreams(LiveOptions<LimitOptions> options)
{
    private int _webSockets;
    private int _eventStreams;

    /// <summary>Whether one more WebSocket may be opened.</summary>
    public bool HasRoomForWebSocket => IsWithin(options.Current.MaxWebSockets, Volatile.Read(ref _webSockets) + 1);

    /// <summary>Takes a place for a WebSocket until its request ends.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryOpenWebSocket(HttpContext context) =>
        TryOpen(context, ref _webSockets, options.Current.MaxWebSockets, ReleaseWebSocket);

    /// <summary>Takes a place for an event stream until its request ends.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryOpenEventStream(HttpContext context) =>
        TryOpen(context, ref _eventStreams, options.Current.MaxEventStreams, ReleaseEventStream);

    private static bool TryOpen(HttpContext context, ref int count, int limit, Func<Task> release)
    {
        if (!IsWithin(limit, Interlocked.Increment(ref count)))
        {
            Interlocked.Decrement(ref count);
            return false;
        }

        context.Response.OnCompleted(release);
        context.Features.Get<ConcurrencyPermit>()?.Release();
        return true;
    }

    private static bool IsWithin(int limit, int count) => limit == 0 || count <= limit;

    private Task ReleaseWebSocket()
    {
        Interlocked.Decrement(ref _webSockets);
        return Task.CompletedTask;
    }

    private Task ReleaseEventStream()
    {
        Interlocked.Decrement(ref _eventStreams);
        return Task.CompletedTask;
    }
}
