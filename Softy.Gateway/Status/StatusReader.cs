using Softy.Gateway.Balancing;
using Softy.Gateway.Configuration;
using Softy.Gateway.Health;
using Softy.Gateway.Routing;
using Yarp.ReverseProxy;

namespace Softy.Gateway.Status;

/// <summary>Reads the current status of the gateway and its replicas.</summary>
internal sealed class StatusReader(
    IProxyStateLookup proxy,
    ReplicaTable replicas,
    GatewayUse use,
    LiveOptions<BalancingOptions> balancing,
    TimeProvider time
)
{
    // A monotonic timestamp, because the system clock can be changed.
    private readonly long _startedAt = time.GetTimestamp();

    public GatewayStatus Read()
    {
        use.Report();
        return new(
            Policies.Find(balancing.Current.Policy)!.Value.Name,
            Math.Round(time.GetElapsedTime(_startedAt).TotalSeconds, 1),
            proxy.TryGetCluster(ClusterNames.Api, out var api) ? [.. replicas.Get(api).All.Select(Read)] : []
        );
    }

    private static ReplicaStatus Read(Replica replica)
    {
        var (p50, p99) = replica.Latency.Read();
        return new ReplicaStatus(
            replica.Name,
            HealthName.Get(replica),
            replica.Requests,
            replica.Failures,
            replica.Retries,
            replica.Destination.ConcurrentRequestCount,
            Round(p50),
            Round(p99)
        );
    }

    private static double? Round(double? milliseconds) => milliseconds is { } value ? Math.Round(value, 3) : null;
}
