using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <content>Active health checks: the results of probes.</content>
internal sealed partial class HealthTracker
{
    /// <summary>Updates a replica with the result of a probe.</summary>
    public void ReportProbe(ClusterState cluster, Replica replica, ProbeResult probe)
    {
        using var scope = _verdicts.EnterScope();
        if (!probing.Current.Enabled)
        {
            // Probing was disabled during this probe, so no later probe would correct its result.
            return;
        }

        var before = GetVerdict(replica);
        replica.Name = probe.Name ?? replica.Name;
        if (replica.IsStopped && probe.Status == ProbeStatus.Failed)
        {
            replica.StartingSince ??= time.GetTimestamp();
            if (IsInStartPeriod(replica))
            {
                return;
            }
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
            // A probe proves that the replica can be reached again, but not that its responses are good again: that
            // takes a trial request.
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

        // A replica that was draining has stopped by now.
        replica.IsDraining = false;
        health.Active = DestinationHealth.Unhealthy;
        if (probe.Status is ProbeStatus.Failed or ProbeStatus.Refused)
        {
            // Another program may get the address, so the service must be identified again. After a timeout, it is
            // still the same replica.
            replica.Service = probe.Service;
        }
    }

    /// <summary>
    /// Whether a stopped replica has begun to respond so recently that its probes may still fail. Until it is ready, it
    /// is not part of the service.
    /// </summary>
    private bool IsInStartPeriod(Replica replica) =>
        replica.StartingSince is { } startedAt && time.GetElapsedTime(startedAt) < probing.Current.StartPeriod;

    // A replica that was never started, or that has drained, is expected to be unavailable.
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
}
