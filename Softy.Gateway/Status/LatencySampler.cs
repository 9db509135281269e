using Softy.Gateway.Health;
using Yarp.ReverseProxy;

namespace Softy.Gateway.Status;

/// <summary>Advances the latency window of every replica once a second.</summary>
internal sealed class LatencySampler(IProxyStateLookup proxy, ReplicaTable replicas, TimeProvider time)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var cluster in proxy.GetClusters())
            {
                foreach (var replica in replicas.Get(cluster).All)
                {
                    replica.Latency.Advance();
                }
            }
        }
    }
}
