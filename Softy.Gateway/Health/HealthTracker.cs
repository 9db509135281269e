using Softy.Gateway.Configuration;
using Softy.Gateway.Measurements;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>Turns what probes and requests report into who takes requests.</summary>
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
    // Verdicts are rare; what requests report without changing one takes no lock.
    private readonly Lock _verdicts = new();

    /// <summary>Raised when a replica's health has changed.</summary>
    public event EventHandler? Changed;

    /// <summary>Takes in what a probe found.</summary>
    public void ReportProbe(ClusterState cluster, Replica replica, ProbeResult probe)
    {
        using var scope = _verdicts.EnterScope();
        if (!probing.Current.Enabled)
        {
            // Probing was switched off while this probe was under way: nobody would correct what it says.
            return;
        }

        var before = GetVerdict(replica);
        replica.Name = probe.Name ?? replica.Name;
        if (probe.Status == ProbeStatus.Failed && IsStarting(replica))
        {
            return;
        }

        if (probe.Status is not (ProbeStatus.Refused or ProbeStatus.Silent))
        {
            replica.IsStopped = false;
            replica.HasResponded = true;
        }

        switch (probe.Status)
        {
            case ProbeStatus.Ready:
                replica.ProbeFailures = 0;
                replica.IsDraining = false;
                ApplyReadyProbe(cluster, replica, probe.Service);
                break;
            case ProbeStatus.Draining:
                BeginDraining(replica);
                replica.Destination.Health.Active = DestinationHealth.Unhealthy;
                break;
            case ProbeStatus.Refused when replica.IsDraining || !replica.HasResponded:
                MarkStopped(replica);
                break;
            case ProbeStatus.Failed or ProbeStatus.Refused or ProbeStatus.Silent:
                CountFailedProbe(replica, probe);
                break;
        }

        UpdateIfChanged(cluster, replica, before);
    }

    /// <summary>Takes in that a replica has begun to answer a request.</summary>
    public void ReportResponseStarted(Replica replica) => replica.LastResponseAt = time.GetTimestamp();

    /// <summary>Whether an answer with this status code is a failure of the replica.</summary>
    public bool IsFailure(int statusCode) => ejecting.Current.IsFailure(statusCode);

    /// <summary>Takes in that a replica has answered a request, which was sent at the given time, to the end.</summary>
    public void ReportSuccess(ClusterState cluster, Replica replica, long sentAt)
    {
        replica.ResetFailures();
        if (replica.Ejection is null)
        {
            return;
        }

        using var scope = _verdicts.EnterScope();
        // What was under way when the replica was taken out is no news.
        if (replica.Ejection is { } ejection && sentAt > ejection.Since)
        {
            Reinstate(cluster, replica);
        }
    }

    /// <summary>Takes in that a request which was sent at the given time has failed on a replica.</summary>
    public void ReportFailure(ClusterState cluster, Replica replica, bool isTransportFailure, long sentAt)
    {
        var failuresInARow = replica.CountFailure();
        if (replica.Ejection is null && failuresInARow < ejecting.Current.FailureThreshold)
        {
            return;
        }

        using var scope = _verdicts.EnterScope();
        var options = ejecting.Current;
        if (!options.Enabled)
        {
            return;
        }

        var duration = options.EjectionTime;
        if (replica.Ejection is { } ejection)
        {
            // Only a request that was sent when the time was over tells something new. When every replica looks sick,
            // all of them go on getting requests; if each of those that fail counted, a moment in which all fail
            // would keep them out for the longest time there is.
            if (!ejection.HasExpiredAt(sentAt))
            {
                return;
            }

            duration = TimeSpan.FromTicks(Math.Min(ejection.Duration.Ticks * 2, options.MaxEjectionTime.Ticks));
        }
        else if (replica.FailuresInARow < options.FailureThreshold || !MayEject(cluster, replica, options))
        {
            return;
        }
        else
        {
            LogEjected(cluster.ClusterId, replica.Name, failuresInARow, duration);
        }

        replica.Ejection = new Ejection(time.GetTimestamp(), duration, isTransportFailure, time);
        metrics.CountEjection(replica.Name);
        UpdateDestinations(cluster);
    }

    /// <summary>Takes in that a replica's answer to a request says that the replica is leaving.</summary>
    public void ReportDraining(ClusterState cluster, Replica replica)
    {
        if (replica.IsDraining)
        {
            return;
        }

        using var scope = _verdicts.EnterScope();
        var before = GetVerdict(replica);
        BeginDraining(replica);
        UpdateIfChanged(cluster, replica, before);
    }

    /// <summary>
    /// Finds a replica whose time out is over, for the one request that shall try it, if this request may. Lets those
    /// back in that no request has been able to try for long.
    /// </summary>
    public Replica? FindTrialReplica(ClusterState cluster, bool canBeTrial)
    {
        foreach (var replica in replicas.Get(cluster).AwaitingTrial)
        {
            if (canBeTrial && replica.Ejection?.TryTakeTrial() == true)
            {
                return replica;
            }

            if (replica.Ejection?.IsUntried == true)
            {
                Reevaluate(cluster, replica);
            }
        }

        return null;
    }

    /// <summary>Takes back what the settings, or the time that has gone by, have made void.</summary>
    public void Reevaluate(ClusterState cluster, Replica replica)
    {
        using var scope = _verdicts.EnterScope();
        var before = GetVerdict(replica);
        if (replica.Ejection is { } ejection && (!ejecting.Current.Enabled || ejection.IsUntried))
        {
            replica.Ejection = null;
            replica.ResetFailures();
        }

        if (!probing.Current.Enabled)
        {
            replica.ProbeFailures = 0;
            replica.IsStopped = false;
            replica.Destination.Health.Active = DestinationHealth.Unknown;
            // Without probes nobody hears that the replica has been started again in the same place.
            replica.IsDraining &= time.GetElapsedTime(replica.DrainingSince) < ejecting.Current.MaxEjectionTime;
        }

        UpdateIfChanged(cluster, replica, before);
    }

    /// <summary>Chooses anew who takes requests, because settings have changed that the choice depends on.</summary>
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

    private void ApplyReadyProbe(ClusterState cluster, Replica replica, string? service)
    {
        var health = replica.Destination.Health;
        if (probing.Current.ExpectService && service != cluster.ClusterId)
        {
            if (health.Active != DestinationHealth.Unhealthy || replica.Service != service)
            {
                LogWrongService(cluster.ClusterId, replica.Name, service ?? "nothing");
            }

            health.Active = DestinationHealth.Unhealthy;
        }
        else
        {
            // A replica that could not be reached, and can be now, is back. One that answered badly has to show with a
            // request that it answers well again.
            if (
                replica.Ejection is { IsTransportFailure: true } ejection
                && (health.Active == DestinationHealth.Unhealthy || ejection.HasExpired)
            )
            {
                replica.Ejection = null;
                replica.ResetFailures();
            }

            health.Active = DestinationHealth.Healthy;
        }

        replica.Service = service;
    }

    private void CountFailedProbe(Replica replica, ProbeResult probe)
    {
        var health = replica.Destination.Health;
        if (++replica.ProbeFailures < probing.Current.FailureThreshold && health.Active != DestinationHealth.Unknown)
        {
            return;
        }

        // Whoever was leaving has left.
        replica.IsDraining = false;
        health.Active = DestinationHealth.Unhealthy;
        if (probe.Status is ProbeStatus.Failed or ProbeStatus.Refused)
        {
            // Whoever is there next has to say who it is. One that is merely too busy to answer is still the same.
            replica.Service = probe.Service;
        }
    }

    /// <summary>
    /// Whether a replica that was stopped has begun to answer so lately that it may not be ready yet. It stays no part
    /// of the service meanwhile.
    /// </summary>
    private bool IsStarting(Replica replica)
    {
        if (!replica.IsStopped)
        {
            return false;
        }

        replica.StartingSince ??= time.GetTimestamp();
        return time.GetElapsedTime(replica.StartingSince.Value) < probing.Current.StartPeriod;
    }

    // Nobody misses a replica that was never there, or that has said it would go.
    private static void MarkStopped(Replica replica)
    {
        replica.IsStopped = true;
        replica.HasResponded = false;
        replica.StartingSince = null;
        replica.IsDraining = false;
        replica.ProbeFailures = 0;
        replica.Ejection = null;
        replica.ResetFailures();
        replica.Service = null;
        replica.Destination.Health.Active = DestinationHealth.Unhealthy;
    }

    private void BeginDraining(Replica replica)
    {
        if (!replica.IsDraining)
        {
            replica.DrainingSince = time.GetTimestamp();
            replica.IsDraining = true;
        }
    }

    /// <summary>Whether a replica may be taken out: not too many are, and another one takes requests.</summary>
    private bool MayEject(ClusterState cluster, Replica replica, EjectionOptions options)
    {
        var known = replicas.Get(cluster);
        return known.All.Count(other => other.Ejection is not null) < options.MaxEjected(known.All.Count)
            && known.InRotation.Any(other => other != replica);
    }

    private void Reinstate(ClusterState cluster, Replica replica)
    {
        replica.Ejection = null;
        LogReinstated(cluster.ClusterId, replica.Name);
        UpdateDestinations(cluster);
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
