using System.Collections.Concurrent;
using System.Net;
using Softy.Gateway.Settings;
using Softy.ServiceDefaults.Draining;
using Softy.ServiceDefaults.Instances;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Health;

/// <summary>
/// Probes every destination in a loop of its own. YARP's monitor tells what it found when a whole round is over, so
/// that one silent replica would hold up the news that another one is leaving.
/// </summary>
internal sealed class ProbeService(ReplicaTable replicas, HealthTracker health, LiveSettings<ProbeSettings> settings, TimeProvider time)
    : BackgroundService, IClusterChangeListener
{
    private readonly ConcurrentDictionary<ClusterState, byte> _clusters = [];
    private readonly SemaphoreSlim _changed = new(0);

    public void OnClusterAdded(ClusterState cluster) => OnClusterChanged(cluster);

    public void OnClusterChanged(ClusterState cluster)
    {
        _clusters[cluster] = 0;
        _changed.Release();
    }

    public void OnClusterRemoved(ClusterState cluster)
    {
        _clusters.TryRemove(cluster, out _);
        _changed.Release();
    }

    public override void Dispose()
    {
        base.Dispose();
        _changed.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<DestinationState, CancellationTokenSource>();
        try
        {
            while (true)
            {
                await _changed.WaitAsync(stoppingToken);

                var wanted = _clusters.Keys.SelectMany(cluster => cluster.Destinations.Values.Select(destination => (cluster, destination))).ToList();
                foreach (var gone in loops.Keys.Except(wanted.Select(pair => pair.destination)).ToList())
                {
                    loops.Remove(gone, out var ending);
                    await ending!.CancelAsync();
                    ending.Dispose();
                }

                foreach (var (cluster, destination) in wanted)
                {
                    if (!loops.ContainsKey(destination))
                    {
                        var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                        loops.Add(destination, ending);
                        _ = ProbeUntilAsync(cluster, replicas.Of(destination), ending.Token);
                    }
                }
            }
        }
        finally
        {
            foreach (var ending in loops.Values)
            {
                ending.Dispose();
            }
        }
    }

    private async Task ProbeUntilAsync(ClusterState cluster, Replica replica, CancellationToken ending)
    {
        try
        {
            while (true)
            {
                if (settings.Current.Enabled)
                {
                    health.Probed(cluster, replica, await ProbeAsync(cluster, replica, ending));
                }

                await Task.Delay(settings.Current.Interval, time, ending);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The destination, or the gateway, has gone.
        }
    }

    private async Task<ProbeResult> ProbeAsync(ClusterState cluster, Replica replica, CancellationToken ending)
    {
        var startedAt = time.GetTimestamp();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ending);
        timeout.CancelAfter(settings.Current.Timeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(replica.Destination.Model.Config.Address), settings.Current.Path))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("User-Agent", "Softy.Gateway (probe)");

        try
        {
            using var response = await cluster.Model.HttpClient.SendAsync(request, timeout.Token);
            if (response.Headers.TryGetValues(InstanceExtensions.HeaderName, out var names))
            {
                replica.Name = names.First();
            }

            return response.IsSuccessStatusCode ? ProbeResult.Ready
                : response.Headers.Contains(DrainExtensions.HeaderName) ? ProbeResult.Draining
                : ProbeResult.Failed;
        }
        catch (HttpRequestException)
        {
            return ProbeResult.Failed;
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested)
        {
            return replica.AnsweredAt > startedAt ? ProbeResult.Busy : ProbeResult.Failed;
        }
    }
}
