using System.Diagnostics.Metrics;

namespace Softy.Gateway.Measurements;

/// <summary>The gateway's own instruments. ASP.NET Core and YARP count requests and connections.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Softy.Gateway";

    private readonly Meter _meter;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _ejections;

    public GatewayMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _retries = _meter.CreateCounter<long>(
            "softy.gateway.retries",
            "{request}",
            "Requests sent to another replica, by the replica that failed them."
        );
        _ejections = _meter.CreateCounter<long>(
            "softy.gateway.ejections",
            "{ejection}",
            "How often a replica was ejected because of failed requests."
        );
    }

    public void CountRetry(string failedReplica, string reason) =>
        _retries.Add(1, new("softy.replica", failedReplica), new("error.type", reason));

    public void CountEjection(string replica) =>
        _ejections.Add(1, new KeyValuePair<string, object?>("softy.replica", replica));

    public void Dispose() => _meter.Dispose();
}
