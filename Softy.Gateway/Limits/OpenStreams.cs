using Softy.Gateway.Configuration;

namespace Softy.Gateway.Limits;

/// <summary>
/// Counts event streams and WebSockets, which stay open until their clients disconnect. They have separate limits,
/// because a few of them could otherwise use up the concurrency limit for hours.
/// </summary>
/// <remarks>
/// The response determines the kind of request. A request for a stream waits for a concurrency permit like any other,
/// and releases the permit when the stream is opened. So no client can bypass the concurrency limit by asking for a
/// stream that no replica offers.
/// </remarks>
internal sealed class OpenStreams(LiveOptions<LimitOptions> options)
{
    private int _webSockets;
    private int _eventStreams;

    /// <summary>Whether another WebSocket may be opened.</summary>
    public bool HasRoomForWebSocket => IsWithin(options.Current.MaxWebSockets, Volatile.Read(ref _webSockets) + 1);

    /// <summary>Counts a WebSocket until its request ends.</summary>
    /// <returns>False if too many are open.</returns>
    public bool TryOpenWebSocket(HttpContext context) =>
        TryOpen(context, ref _webSockets, options.Current.MaxWebSockets, ReleaseWebSocket);

    /// <summary>Counts an event stream until its request ends.</summary>
    /// <returns>False if too many are open.</returns>
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
