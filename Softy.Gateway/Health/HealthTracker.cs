using Softy.Gateway.Settings;
using Softy.Gateway.Status;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>Turns what probes and requests report into who takes requests.</summary>
internal sealed partial class HealthTracker(
    ReplicaTable replicas,
    IClusterDestinationsUpdater updater,
    LiveSettings<ProbeSettings> probing,
    LiveSettings<EjectionSettings> ejecting,
    StatusSignal signal,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<HealthTracker> logger)
{
    // Verdicts are rare; what requests report without changing one takes no lock.
    private readonly Lock _verdicts = new();

    /// <summary>Takes in what a probe found.</summary>
    public void Probed(ClusterState cluster, Replica replica, ProbeResult result)
    {
        using var scope = _verdicts.EnterScope();
        var health = replica.Destination.Health;
        var before = (health.Active, replica.IsDraining, replica.Ejection);

        switch (result)
        {
            case ProbeResult.Ready:
                replica.ProbeFailures = 0;
                replica.IsDraining = false;
                // A replica that could not be reached, and can be now, is back. One that answered badly has to show
                // with a request that it does no more.
                if (replica.Ejection is { IsTransportFailure: true } ejection && (health.Active == DestinationHealth.Unhealthy || ejection.IsOver))
                {
                    replica.Ejection = null;
                    replica.ForgetFailures();
                }

                health.Active = DestinationHealth.Healthy;
                break;
            case ProbeResult.Draining:
                replica.IsDraining = true;
                health.Active = DestinationHealth.Unhealthy;
                break;
            case ProbeResult.Failed:
                if (++replica.ProbeFailures >= probing.Current.FailureThreshold || health.Active == DestinationHealth.Unknown)
                {
                    // Whoever was leaving has left.
                    replica.IsDraining = false;
                    health.Active = DestinationHealth.Unhealthy;
                }

                break;
        }

        if (before != (health.Active, replica.IsDraining, replica.Ejection))
        {
            LogHealth(cluster.ClusterId, replica.Name, HealthName.Of(replica));
            Apply(cluster);
        }
    }

    /// <summary>Takes in that a replica has begun to answer a request that was sent at the given time.</summary>
    public void Answered(ClusterState cluster, Replica replica, int statusCode, long sentAt)
    {
        replica.AnsweredAt = time.GetTimestamp();
        if (ejecting.Current.IsFailure(statusCode))
        {
            Failed(cluster, replica, isTransportFailure: false, sentAt);
            return;
        }

        replica.ForgetFailures();
        if (replica.Ejection is { } ejection && sentAt > ejection.Since)
        {
            using var scope = _verdicts.EnterScope();
            replica.Ejection = null;
            LogReturned(cluster.ClusterId, replica.Name);
            Apply(cluster);
        }
    }

    /// <summary>Takes in that a request which was sent at the given time has failed on a replica.</summary>
    public void Failed(ClusterState cluster, Replica replica, bool isTransportFailure, long sentAt)
    {
        var failuresInARow = replica.CountFailure();
        var settings = ejecting.Current;
        if (!settings.Enabled)
        {
            return;
        }

        if (failuresInARow < settings.FailureThreshold && replica.Ejection is null)
        {
            return;
        }

        using var scope = _verdicts.EnterScope();
        if (replica.Ejection is { } ejection)
        {
            // Failures of requests that were under way when the replica was taken out are no news.
            if (sentAt <= ejection.Since)
            {
                return;
            }

            var longer = TimeSpan.FromTicks(Math.Min(ejection.Duration.Ticks * 2, settings.MaxEjectionTime.Ticks));
            replica.Ejection = new Ejection(time.GetTimestamp(), longer, isTransportFailure, time);
        }
        else
        {
            replica.Ejection = new Ejection(time.GetTimestamp(), settings.EjectionTime, isTransportFailure, time);
            LogEjected(cluster.ClusterId, replica.Name, failuresInARow, settings.EjectionTime);
        }

        metrics.Ejected(replica);
        Apply(cluster);
    }

    /// <summary>Takes in that a replica's answer to a request says that the replica is leaving.</summary>
    public void Draining(ClusterState cluster, Replica replica)
    {
        if (!replica.IsDraining)
        {
            Probed(cluster, replica, ProbeResult.Draining);
        }
    }

    /// <summary>Finds a replica whose time out is over, for the one request that shall try it.</summary>
    public Replica? TakeTrial(ClusterState cluster, bool isRepeatable)
    {
        foreach (var replica in replicas.Of(cluster).Ejected)
        {
            if (replica.Ejection?.TryTakeTrial(isRepeatable) == true)
            {
                return replica;
            }
        }

        return null;
    }

    private void Apply(ClusterState cluster)
    {
        updater.UpdateAvailableDestinations(cluster);
        signal.Raise();
    }

    [LoggerMessage(1, LogLevel.Information, "{Cluster}: {Replica} is {Health}.")]
    private partial void LogHealth(string cluster, string replica, string health);

    [LoggerMessage(2, LogLevel.Warning, "{Cluster}: {Replica} failed {Failures} requests in a row and gets none for {Duration}.")]
    private partial void LogEjected(string cluster, string replica, int failures, TimeSpan duration);

    [LoggerMessage(3, LogLevel.Information, "{Cluster}: {Replica} answers again and takes requests.")]
    private partial void LogReturned(string cluster, string replica);
}
