using Softy.Gateway.Configuration;
using Softy.Gateway.Measurements;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>Tracks the health of replicas by probes and requests, and updates the available destinations.</summary>
internal sealed partial class HealthTracker(
    ReplicaTable replicas,
    IClusterDestinationsUpdater updater,
    LiveOptions<ProbeOptions> probing,
    LiveOptions<EjectionOptions> ejecting,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<HealthTracker> logger
)
{
    // Only changes of a verdict take the lock. Most results of requests change nothing.
    private readonly Lock _verdicts = new();

    /// <summary>Raised after the health of a replica has changed.</summary>
    public event EventHandler? Changed;

    /// <summary>Updates a replica after options have changed, or after it has drained long enough.</summary>
    public void Reevaluate(ClusterState cluster, Replica replica)
    {
        using var scope = _verdicts.EnterScope();
        var before = GetVerdict(replica);
        if (replica.Ejection is not null && !ejecting.Current.Enabled)
        {
            replica.Ejection = null;
            replica.ResetFailures();
        }

        if (!probing.Current.Enabled)
        {
            replica.ProbeFailures = 0;
            replica.IsStopped = false;
            replica.Destination.Health.Active = DestinationHealth.Unknown;
            // Without probes, the gateway would not notice that the replica has been restarted at the same address.
            replica.IsDraining &= time.GetElapsedTime(replica.DrainingSince) < ejecting.Current.MaxEjectionTime;
        }

        UpdateIfChanged(cluster, replica, before);
    }

    /// <summary>Updates all replicas of a cluster after options have changed.</summary>
    public void Reevaluate(ClusterState cluster)
    {
        foreach (var destination in cluster.Destinations.Values)
        {
            Reevaluate(cluster, replicas.Get(destination));
        }

        using var scope = _verdicts.EnterScope();
        UpdateDestinations(cluster);
    }

    private static (DestinationHealth, bool, bool, Ejection?, string?) GetVerdict(Replica replica) =>
        (replica.Destination.Health.Active, replica.IsDraining, replica.IsStopped, replica.Ejection, replica.Service);

    private void BeginDraining(Replica replica)
    {
        if (!replica.IsDraining)
        {
            replica.DrainingSince = time.GetTimestamp();
            replica.IsDraining = true;
        }
    }

    private void UpdateIfChanged(
        ClusterState cluster,
        Replica replica,
        (DestinationHealth, bool, bool, Ejection?, string?) before
    )
    {
        if (before != GetVerdict(replica))
        {
            LogHealth(cluster.ClusterId, replica.Name, HealthName.Get(replica));
            UpdateDestinations(cluster);
        }
    }

    private void UpdateDestinations(ClusterState cluster)
    {
        updater.UpdateAvailableDestinations(cluster);
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
