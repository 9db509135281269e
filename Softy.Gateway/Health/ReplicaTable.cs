using System.Runtime.CompilerServices;
using Softy.Gateway.Configuration;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>Looks up the gateway's state of a destination or a cluster, without a lock.</summary>
internal sealed class ReplicaTable(LiveOptions<ProbeOptions> probing)
{
    private readonly ConditionalWeakTable<DestinationState, Replica> _replicas = [];
    private readonly ConditionalWeakTable<ClusterState, ClusterReplicas> _clusters = [];

    public Replica Get(DestinationState destination) =>
        _replicas.TryGetValue(destination, out var replica)
            ? replica
            : _replicas.GetValue(destination, static added => new Replica(added));

    public ClusterReplicas Get(ClusterState cluster) =>
        _clusters.TryGetValue(cluster, out var replicas)
            ? replicas
            : _clusters.GetValue(cluster, added => new ClusterReplicas(added.ClusterId, Get, probing));
}
