using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;

namespace Softy.Gateway.Telemetry;

/// <summary>YARP counts in event counters, which are no instruments of a meter: this makes them such.</summary>
internal sealed class YarpMetrics : EventListener
{
    /// <summary>The meter's name, and that of YARP's event source.</summary>
    public const string MeterName = "Yarp.ReverseProxy";

    private readonly ConcurrentDictionary<string, long> _values = new(StringComparer.Ordinal);
    private readonly Meter _meter;

    public YarpMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _meter.CreateObservableCounter("yarp.requests.started", () => Value("requests-started"), "{request}", "Requests forwarded.");
        _meter.CreateObservableCounter("yarp.requests.failed", () => Value("requests-failed"), "{request}", "Requests whose forwarding failed.");
        _meter.CreateObservableUpDownCounter("yarp.requests.active", () => Value("current-requests"), "{request}", "Requests being forwarded.");
    }

    public override void Dispose()
    {
        base.Dispose();
        _meter.Dispose();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == MeterName)
        {
            // The counters alone; the events of every request are above this level.
            EnableEvents(eventSource, EventLevel.LogAlways, EventKeywords.None, new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["EventCounterIntervalSec"] = "1",
            });
        }
    }

    // The base constructor calls the one above, and events may come before this one's has run.
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (_values is not null
            && eventData is { EventName: "EventCounters", Payload: [IDictionary<string, object> counter] }
            && counter.TryGetValue("Mean", out var mean))
        {
            _values[(string)counter["Name"]] = (long)(double)mean;
        }
    }

    private long Value(string counter) => _values.GetValueOrDefault(counter);
}
