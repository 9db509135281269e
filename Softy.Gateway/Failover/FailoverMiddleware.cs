using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Softy.Gateway.Configuration;
using Softy.Gateway.Health;
using Softy.Gateway.Measurements;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Failover;

/// <summary>
/// Sends a request to one replica after another until one answers, as long as it is safe to repeat the request. The
/// balancing policy chooses the first replica. Retries go to the replica with the fewest active requests and do not
/// advance round robin.
/// </summary>
internal sealed class FailoverMiddleware(
    RequestDelegate next,
    ReplicaTable replicas,
    HealthTracker health,
    GatewayUse use,
    RetryBudgets budgets,
    LiveOptions<FailoverOptions> options,
    GatewayMetrics metrics,
    RetryLog log,
    TimeProvider time
)
{
    public async Task InvokeAsync(HttpContext context)
    {
        use.Report();
        var proxy = context.GetReverseProxyFeature();
        var cluster = proxy.Route.Cluster!;
        var current = options.Current;
        var proxiedRequest = new ProxiedRequest(
            cluster,
            replicas.Get(cluster),
            budgets.Get(cluster),
            Idempotency.IsIdempotent(context.Request, current),
            current,
            time
        );
        context.Features.Set(proxiedRequest);

        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        if (
            health.FindTrialReplica(
                cluster,
                proxiedRequest.CanBeTrial(context.Request, hasBody) && !HasAffinityCookie(context, proxy.Cluster)
            ) is
            { } replica
        )
        {
            proxiedRequest.Trial = replica.Ejection;
            proxy.AvailableDestinations = replica.Destination;
        }

        var originalBody = context.Request.Body;
        using var body = proxiedRequest.Body = hasBody
            ? new ReplayableBody(
                new ClientBody(context.Request.BodyReader),
                context.Request.ContentLength,
                proxiedRequest.GetBufferLimit(context.Request),
                mayEndEarly: StringValues.IsNullOrEmpty(context.Request.Headers.Expect)
            )
            : null;
        if (body is not null)
        {
            context.Request.Body = body;
        }

        try
        {
            while (true)
            {
                context.Features.Set<IForwarderErrorFeature>(null);
                if (body is not null)
                {
                    ReplicaConnection.AttachBody(body);
                }

                await next(context);
                body?.StopWatching();
                if (FinishAttempt(context, proxiedRequest) is not { } another)
                {
                    break;
                }

                proxy.AvailableDestinations = another;
                proxiedRequest.PrepareRetry();
                context.Response.Clear();
            }
        }
        finally
        {
            context.Request.Body = originalBody;
        }

        if (
            context.Features.Get<IForwarderErrorFeature>() is { } error
            && !context.Response.HasStarted
            && !context.RequestAborted.IsCancellationRequested
        )
        {
            await FailureResponse.WriteAsync(context, proxiedRequest, error);
        }
    }

    /// <summary>
    /// Whether session affinity binds the client to a replica. Its requests must not be trial requests of another one.
    /// </summary>
    private static bool HasAffinityCookie(HttpContext context, ClusterModel cluster) =>
        cluster.Config.SessionAffinity is { Enabled: true } affinity
        && context.Request.Cookies.ContainsKey(affinity.AffinityKeyName);

    /// <summary>Reports the result of an attempt. It is synchronous, so that each request costs less.</summary>
    /// <returns>The destination to try next, or <see langword="null"/> if the request is done.</returns>
    private DestinationState? FinishAttempt(HttpContext context, ProxiedRequest proxiedRequest)
    {
        var error = context.Features.Get<IForwarderErrorFeature>();
        if (proxiedRequest.Replica is not { } replica)
        {
            return null;
        }

        if (proxiedRequest.DiscardedStatusCode is { } statusCode)
        {
            ReportRetry(replica, context, $"status {statusCode}");
            return proxiedRequest.NextDestination;
        }

        if (error is null)
        {
            if (!proxiedRequest.HasFailureStatus)
            {
                health.ReportSuccess(proxiedRequest.Cluster, replica, proxiedRequest.SentAt);
            }

            return null;
        }

        if (proxiedRequest.IsReplicaFault(error.Error))
        {
            health.ReportFailure(proxiedRequest.Cluster, replica, isTransportFailure: true, proxiedRequest.SentAt);
        }
        else
        {
            proxiedRequest.Trial?.ReleaseTrial();
        }

        if (proxiedRequest.CouldNotUseHttp2(error))
        {
            // The next probe tells whether the replica still accepts HTTP/2.
            replica.Http2 = null;
        }

        if (!proxiedRequest.TryPlanRetry(context, error))
        {
            return null;
        }

        ReportRetry(replica, context, error.Error.ToString());
        return proxiedRequest.NextDestination;
    }

    private void ReportRetry(Replica replica, HttpContext context, string reason)
    {
        metrics.CountRetry(replica.Name, reason);
        log.Write(replica.Name, context.Request, reason);
    }
}
