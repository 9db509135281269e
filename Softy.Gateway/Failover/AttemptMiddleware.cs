using Softy.Gateway.Health;

namespace Softy.Gateway.Failover;

/// <summary>Notes which replica the balancing has chosen, right before the request goes there.</summary>
internal sealed class AttemptMiddleware(RequestDelegate next, ReplicaTable replicas)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetReverseProxyFeature().AvailableDestinations is [var destination, ..])
        {
            Attempt.Of(context)!.Sent(replicas.Of(destination));
        }

        return next(context);
    }
}
