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
    private long _suppressed;

    public void Write(string replica, HttpRequest request, string reason)
    {
        long suppressed;
        lock (_lock)
        {
            if (_lastAt is { } lastAt && time.GetElapsedTime(lastAt) < _interval)
            {
                _suppressed++;
                return;
            }

            (_lastAt, suppressed, _suppressed) = (time.GetTimestamp(), _suppressed, 0);
        }

        LogRetry(replica, request.Method, request.Path.ToUriComponent(), reason, suppressed);
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "{Replica} failed {Method} {Path} ({Reason}); asking another replica. "
            + "{Suppressed} more retries since the last warning."
    )]
    private partial void LogRetry(string replica, string method, string path, string reason, long suppressed);
}
