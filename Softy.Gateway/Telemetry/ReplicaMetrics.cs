using System.Diagnostics.Metrics;
using Softy.Gateway.Health;
using Softy.Gateway.Measurements;
using Yarp.ReverseProxy;

namespace Softy.Gateway.Telemetry;

/// <summary>Exposes the values of <c>/gateway/status</c> as observable metrics.</summary>
internal sealed class ReplicaMetrics : IDisposable
{
    private readonly IProxyStateLookup _proxy;
    private readonly ReplicaTable _replicas;
    private readonly Meter _meter;

    public ReplicaMetrics(IProxyStateLookup proxy, ReplicaTable replicas, IMeterFactory meters)
    {
        _proxy = proxy;
        _replicas = replicas;
        _meter = meters.Create(GatewayMetrics.MeterName);
        _meter.CreateObservableCounter(
            "softy.gateway.replica.requests",
            () => Measure(r => r.Requests),
            "{request}",
            "Requests sent to the replica."
        );
        _meter.CreateObservableCounter(
            "softy.gateway.replica.failures",
            () => Measure(r => r.Failures),
            "{request}",
            "Requests that the replica failed."
        );
        _meter.CreateObservableUpDownCounter(
            "softy.gateway.replica.active_requests",
            () => Measure(r => r.Destination.ConcurrentRequestCount),
            "{request}",
            "Active requests of the replica."
        );
        _meter.CreateObservableGauge(
            "softy.gateway.replica.available",
            () => Measure(r => r.AcceptsRequests(allowUnknown: true) ? 1 : 0),
            "1",
            "Whether the replica takes new requests."
        );
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Measure(Func<Replica, long> read) =>
        from cluster in _proxy.GetClusters()
        from replica in _replicas.Get(cluster).All
        select new Measurement<long>(read(replica), new KeyValuePair<string, object?>("softy.replica", replica.Name));
}
