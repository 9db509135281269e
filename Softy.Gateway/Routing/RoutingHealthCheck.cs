using Microsoft.Extensions.Diagnostics.HealthChecks;
using Softy.Gateway.Configuration;
using Softy.Gateway.Health;
using Yarp.ReverseProxy;

namespace Softy.Gateway.Routing;

/// <summary>The gateway's own readiness: it can route to at least one API replica and to the web site.</summary>
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
        // Not before every destination has its first verdict: the first requests find the turns as they will stay. What
        // requests have met does not count: their clients could take the gateway itself out.
        return probing.Current.Enabled
            ? known.HasInitialVerdicts && known.All.Any(known.IsHealthy)
            : known.All.Count > 0;
    }
}
