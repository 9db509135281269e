using Softy.Gateway.Health;

namespace Softy.Gateway.Failover;

/// <summary>Records which replica the load balancer has chosen, right before the request is forwarded.</summary>
internal sealed class AttemptMiddleware(RequestDelegate next, ReplicaTable replicas)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetReverseProxyFeature().AvailableDestinations is [var destination, ..])
        {
            ProxiedRequest.Get(context)!.BeginAttempt(replicas.Get(destination));
        }

        return next(context);
    }
}
