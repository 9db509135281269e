using System.Diagnostics;

namespace Softy.Tests.Faults;

/// <summary>Records which resources had faults at which time.</summary>
internal sealed class FaultTimeline
{
    /// <summary>A request that fails shortly after a fault has ended was sent before its end.</summary>
    private static readonly long _grace = Stopwatch.Frequency;

    private readonly Lock _lock = new();
    private readonly List<Window> _windows = [];

    /// <summary>Records that faults happen from now on, until the result is disposed.</summary>
    public IDisposable Begin(IReadOnlyList<Fault> faults)
    {
        var window = new Window(faults, Stopwatch.GetTimestamp());
        lock (_lock)
        {
            _windows.Add(window);
        }

        return window;
    }

    /// <summary>Whether the faults at any time in an interval meet a condition.</summary>
    public bool Any(long from, long to, Func<IReadOnlyList<Fault>, bool> condition)
    {
        lock (_lock)
        {
            return _windows.Exists(window => window.From <= to && from <= window.To && condition(window.Faults));
        }
    }

    private sealed class Window(IReadOnlyList<Fault> faults, long from) : IDisposable
    {
        private long _to = long.MaxValue;

        public IReadOnlyList<Fault> Faults => faults;

        public long From => from;

        public long To => Volatile.Read(ref _to);

        public void Dispose() => Volatile.Write(ref _to, Stopwatch.GetTimestamp() + _grace);
    }
}
