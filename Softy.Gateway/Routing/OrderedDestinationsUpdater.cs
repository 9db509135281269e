using System.Runtime.CompilerServices;
using Softy.Gateway.Health;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Routing;

/// <summary>
/// Decides which destinations of a cluster take requests, and in which order. YARP's own updater takes them in the
/// order of a hash table, and may write an old list over a new one when a probe's result meets a configuration change;
/// round robin that is exact needs better.
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
            // The same list as before, where nothing has changed: the weighted policy goes on where it was in its cycle.
            cluster.DestinationsState = new ClusterDestinationsState(
                all,
                available.SequenceEqual(before.AvailableDestinations) ? before.AvailableDestinations : available
            );
        }
    }
}
