namespace Softy.Gateway.Failover;

/// <summary>
/// Warns of retries: of the first at once, then once a second at most, with how many there were in between. When a
/// replica fails under load, a line for each request would bury everything else, and be work for a machine that has
/// enough of it.
/// </summary>
internal sealed partial class RetryLog(TimeProvider time, ILogger<RetryLog> logger)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long? _lastAt;
    private long _unsaid;

    public void Write(string replica, HttpRequest request, string reason)
    {
        long unsaid;
        lock (_lock)
        {
            if (_lastAt is { } lastAt && time.GetElapsedTime(lastAt) < _interval)
            {
                _unsaid++;
                return;
            }

            (_lastAt, unsaid, _unsaid) = (time.GetTimestamp(), _unsaid, 0);
        }

        LogRetry(replica, request.Method, request.Path.ToUriComponent(), reason, unsaid);
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "{Replica} failed {Method} {Path} ({Reason}); asking another replica. "
            + "{Unsaid} more retries since the last warning."
    )]
    private partial void LogRetry(string replica, string method, string path, string reason, long unsaid);
}
