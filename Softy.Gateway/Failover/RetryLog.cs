namespace Softy.Gateway.Failover;

/// <summary>
/// Logs the first retry immediately, and then at most one warning per second with the number of retries in between.
/// Under load, one line per retry would hide all other messages and slow down the machine.
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
