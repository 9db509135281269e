using System.Diagnostics;

namespace Softy.Tests.Faults;

/// <summary>Which resources were in trouble when.</summary>
internal sealed class FaultTimeline
{
    /// <summary>What failed shortly after all was well again was under way before.</summary>
    private static readonly long _grace = Stopwatch.Frequency;

    private readonly Lock _lock = new();
    private readonly List<Window> _windows = [];

    /// <summary>Notes that resources are in trouble from now on, until the result is disposed of.</summary>
    public IDisposable Begin(IEnumerable<string> targets)
    {
        var window = new Window(targets.ToHashSet(StringComparer.Ordinal), Stopwatch.GetTimestamp());
        lock (_lock)
        {
            _windows.Add(window);
        }

        return window;
    }

    /// <summary>Whether the trouble at any moment of a span was such as a condition says.</summary>
    public bool Any(long from, long to, Func<IReadOnlySet<string>, bool> condition)
    {
        lock (_lock)
        {
            return _windows.Exists(window => window.From <= to && from <= window.To && condition(window.Targets));
        }
    }

    private sealed class Window(HashSet<string> targets, long from) : IDisposable
    {
        private long _to = long.MaxValue;

        public IReadOnlySet<string> Targets => targets;

        public long From => from;

        public long To => Volatile.Read(ref _to);

        public void Dispose() => Volatile.Write(ref _to, Stopwatch.GetTimestamp() + _grace);
    }
}
