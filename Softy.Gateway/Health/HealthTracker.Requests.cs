using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <content>Passive health checks: the results of requests.</content>
internal sealed partial class HealthTracker
{
    /// <summary>Whether a response with this status code is a failure of the replica.</summary>
    public bool IsFailure(int statusCode) => ejecting.Current.IsFailure(statusCode);

    /// <summary>Reports that a replica has started to answer a request.</summary>
    public void ReportResponseStarted(Replica replica) => replica.LastResponseAt = time.GetTimestamp();

    /// <summary>Reports that a replica has completely answered a request that was sent at the given time.</summary>
    public void ReportSuccess(ClusterState cluster, Replica replica, long sentAt)
    {
        replica.ResetFailures();
        if (replica.Ejection is null)
        {
            return;
        }

        using var scope = _verdicts.EnterScope();
        // Requests that were sent before the ejection do not prove that the replica has recovered.
        if (replica.Ejection is { } ejection && sentAt > ejection.Since)
        {
            Reinstate(cluster, replica);
        }
    }

    /// <summary>Reports that a replica has failed a request that was sent at the given time.</summary>
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
            // Only requests that were sent after the ejection has expired count. If all replicas are unhealthy, they
            // still get requests. If all failures counted, a short outage of all replicas would extend every ejection
            // to the maximum.
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

    /// <summary>Reports that the response of a replica says that it is draining.</summary>
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
    /// Finds an ejected replica for a trial request if this request can be one. Reinstates replicas that no request
    /// could try for a long time.
    /// </summary>
    public Replica? FindTrialReplica(ClusterState cluster, bool canBeTrial)
    {
        foreach (var replica in replicas.Get(cluster).AwaitingTrial)
        {
            if (canBeTrial && replica.Ejection?.TryTakeTrial() == true)
            {
                return replica;
            }

            // Without any requests, the replica stays ejected, because the next one may be able to try it.
            ReinstateIfUntried(cluster, replica);
        }

        return null;
    }

    /// <summary>Whether a replica may be ejected: not too many are, and another one takes requests.</summary>
    private bool MayEject(ClusterState cluster, Replica replica, EjectionOptions options)
    {
        var known = replicas.Get(cluster);
        return known.All.Count(other => other.Ejection is not null) < options.MaxEjected(known.All.Count)
            && known.InRotation.Any(other => other != replica);
    }

    private void ReinstateIfUntried(ClusterState cluster, Replica replica)
    {
        if (replica.Ejection?.IsUntried != true)
        {
            return;
        }

        using var scope = _verdicts.EnterScope();
        if (replica.Ejection?.IsUntried == true)
        {
            replica.ResetFailures();
            Reinstate(cluster, replica);
        }
    }

    private void Reinstate(ClusterState cluster, Replica replica)
    {
        replica.Ejection = null;
        LogReinstated(cluster.ClusterId, replica.Name);
        UpdateDestinations(cluster);
    }
}
