using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Softy.Tests.Application;

/// <summary>Keeps the last lines of the host and of every resource, for a test that fails.</summary>
public sealed class ResourceLogs : ILoggerProvider
{
    private const int Kept = 2_000;

    private readonly ConcurrentQueue<string> _lines = new();

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>The last lines, of all or of those whose category holds a text.</summary>
    public string Last(int count = 200, string category = "") =>
        string.Join(
            Environment.NewLine,
            _lines.Where(line => line.Contains(category, StringComparison.Ordinal)).TakeLast(count)
        );

    public void Dispose() { }

    private void Add(string line)
    {
        _lines.Enqueue(line);
        while (_lines.Count > Kept)
        {
            _lines.TryDequeue(out _);
        }
    }

    private sealed class Logger(ResourceLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                logs.Add($"{category} {logLevel}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
