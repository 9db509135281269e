using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Softy.Tests;

/// <summary>Records what is logged.</summary>
/// <param name="kept">How many lines are kept; older ones are dropped.</param>
public class LogRecorder(int kept = int.MaxValue) : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyCollection<LogLine> Lines => _lines;

    /// <summary>The lines with a given text.</summary>
    public IReadOnlyList<LogLine> With(string text) =>
        [.. _lines.Where(line => line.Text.Contains(text, StringComparison.Ordinal))];

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    public void Dispose() => GC.SuppressFinalize(this);

    private void Add(LogLine line)
    {
        _lines.Enqueue(line);
        while (_lines.Count > kept)
        {
            _lines.TryDequeue(out _);
        }
    }

    private sealed class Recorder(LogRecorder recorder, string category) : ILogger
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
                recorder.Add(new LogLine(category, logLevel, $"{formatter(state, exception)} {exception}".TrimEnd()));
            }
        }
    }
}

/// <summary>One logged line: the message, and the exception if there is one.</summary>
public sealed record LogLine(string Category, LogLevel Level, string Text)
{
    public override string ToString() => $"{Category} {Level}: {Text}";
}
