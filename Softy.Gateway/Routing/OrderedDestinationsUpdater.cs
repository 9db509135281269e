using System.Runtime.CompilerServices;
using Softy.Gateway.Health;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Routing;

/// <summary>
/// Updates the available destinations of a cluster in their configured order. YARP's own updater uses the order of a
/// hash table, and can overwrite a newer list with an older one when a probe and a configuration change coincide. Exact
/// round robin needs a stable order.
/// </summary>
internal sealed class OrderedDestinationsUpdater(ReplicaTable replicas) : IClusterDestinationsUpdater
{
    private readonly ConditionalWeakTable<ClusterState, Lock> _locks = [];

    public void UpdateAvailableDestinations(ClusterState cluster) => Update(cluster);

    public void UpdateAllDestinations(ClusterState cluster) => Update(cluster);

    private void Update(ClusterState cluster)
    {
        lock (_locks.GetOrCreateValue(cluster))
        {
            var all = new List<DestinationState>();
            foreach (var id in cluster.Model.Config.Destinations?.Keys ?? [])
            {
                if (cluster.Destinations.TryGetValue(id, out var destination))
                {
                    all.Add(destination);
                }
            }

            var before = cluster.DestinationsState;
            var available = replicas.Get(cluster).Select(all);
            // Keeps the same list if nothing has changed, so that the weighted policy continues its cycle.
            cluster.DestinationsState = new ClusterDestinationsState(
                all,
                available.SequenceEqual(before.AvailableDestinations) ? before.AvailableDestinations : available
            );
        }
    }
}
