using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A line that a resource wrote. Stands for Aspire's record of that name.</summary>
/// <param name="LineNumber">Its number, from 1.</param>
/// <param name="Content">The time at which it was written, in UTC and with a space behind it, and the line.</param>
/// <param name="IsErrorMessage">Whether it came from the standard error.</param>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>Keeps the last lines that every resource wrote. Stands for Aspire's class of that name.</summary>
public sealed class ResourceLoggerService
{
    // The dashboard reads it, to show it or not, and to put the lines of several resources in order.
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffffffK ";
    private const int TimeLength = 29;

    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _time;

    internal ResourceLoggerService(TimeProvider time) => _time = time;

    /// <summary>Told of every line at once; used to pass lines on to the host's own log.</summary>
    internal event Action<string, LogLine>? LineWritten;

    /// <summary>A logger that writes to the log of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <returns>The logger.</returns>
    public ILogger GetLogger(IResource resource) => GetLogger(resource.Name);

    /// <summary>A logger that writes to the log of a resource.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <returns>The logger.</returns>
    public ILogger GetLogger(string resourceName) => new Logger(this, resourceName);

    /// <summary>Tells the lines kept, then every new one.</summary>
    /// <param name="resource">The resource.</param>
    /// <returns>The lines, some at a time.</returns>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource) => WatchAsync(resource.Name);

    /// <summary>Tells the lines kept, then every new one.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <returns>The lines, some at a time.</returns>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => Log(resourceName).WatchAsync();

    /// <summary>Tells the lines kept.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <returns>The lines.</returns>
    public async IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        await Task.CompletedTask;
        yield return Log(resourceName).Last(int.MaxValue);
    }

    internal void Write(string resourceName, string content, bool isError)
    {
        var line = Log(resourceName).Append(content, isError);
        LineWritten?.Invoke(resourceName, line);
    }

    /// <summary>What the resource wrote.</summary>
    internal static string WithoutTime(LogLine line) => line.Content[TimeLength..];

    /// <summary>How many watch the log of a resource.</summary>
    internal int CountWatchers(string resourceName) => Log(resourceName).CountWatchers();

    internal IReadOnlyList<LogLine> Last(string resourceName, int count) => Log(resourceName).Last(count);

    private ResourceLog Log(string resourceName) => _logs.GetOrAdd(resourceName, _ => new ResourceLog(_time));

    private sealed class ResourceLog(TimeProvider time)
    {
        private const int Capacity = 10_000;

        private readonly Lock _lock = new();
        private readonly Queue<LogLine> _lines = [];
        private readonly HashSet<Channel<LogLine>> _watchers = [];
        private int _number;

        public LogLine Append(string content, bool isError)
        {
            lock (_lock)
            {
                var now = time.GetUtcNow().UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
                var line = new LogLine(++_number, now + content, isError);
                _lines.Enqueue(line);
                if (_lines.Count > Capacity)
                {
                    _lines.Dequeue();
                }

                foreach (var watcher in _watchers)
                {
                    watcher.Writer.TryWrite(line);
                }

                return line;
            }
        }

        public int CountWatchers()
        {
            lock (_lock)
            {
                return _watchers.Count;
            }
        }

        public IReadOnlyList<LogLine> Last(int count)
        {
            lock (_lock)
            {
                return [.. _lines.TakeLast(count)];
            }
        }

        public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            // A reader that does not keep up loses the oldest lines, as the log itself does.
            var channel = Channel.CreateBounded<LogLine>(
                new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest });
            lock (_lock)
            {
                foreach (var line in _lines)
                {
                    channel.Writer.TryWrite(line);
                }

                _watchers.Add(channel);
            }

            try
            {
                while (await channel.Reader.WaitToReadAsync(cancellationToken))
                {
                    var lines = new List<LogLine>();
                    while (channel.Reader.TryRead(out var line))
                    {
                        lines.Add(line);
                    }

                    yield return lines;
                }
            }
            finally
            {
                lock (_lock)
                {
                    _watchers.Remove(channel);
                }
            }
        }
    }

    private sealed class Logger(ResourceLoggerService logs, string resourceName) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var text = formatter(state, exception);
            logs.Write(resourceName, exception is null ? text : $"{text}\n{exception}", isError: logLevel >= LogLevel.Error);
        }
    }
}
