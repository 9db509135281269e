using Microsoft.Extensions.Diagnostics.HealthChecks;
using Softy.Gateway.Configuration;
using Softy.Gateway.Health;
using Yarp.ReverseProxy;

namespace Softy.Gateway.Routing;

/// <summary>
/// Reports the gateway as ready if it can route to the web site and to at least one replica of the API.
/// </summary>
internal sealed class RoutingHealthCheck(
    IProxyStateLookup proxy,
    ReplicaTable replicas,
    LiveOptions<ProbeOptions> probing
) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        string[] missing = [.. new[] { ClusterNames.Api, ClusterNames.Web }.Where(cluster => !CanReach(cluster))];
        return Task.FromResult(
            missing.Length == 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"No healthy destination for: {string.Join(", ", missing)}.")
        );
    }

    private bool CanReach(string id)
    {
        if (!proxy.TryGetCluster(id, out var cluster))
        {
            return false;
        }

        var known = replicas.Get(cluster);
        // Waits for the first probe of every destination, so that round robin is complete from the first request.
        // Failed requests do not count, because otherwise clients could make the gateway unhealthy.
        return probing.Current.Enabled
            ? known.HasInitialVerdicts && known.All.Any(known.IsHealthy)
            : known.All.Count > 0;
    }
}
