using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Softy.Gateway.Configuration;
using Softy.Gateway.Health;
using Softy.Gateway.Measurements;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Softy.Gateway.Failover;

/// <summary>
/// Sends a request to one replica after the other until one answers, as far as that cannot do anything twice. The
/// first replica is the policy's choice; a retry goes to the least busy of the others and takes nobody's turn.
/// </summary>
internal sealed class FailoverMiddleware(
    RequestDelegate next,
    ReplicaTable replicas,
    HealthTracker health,
    RetryBudgets budgets,
    LiveOptions<FailoverOptions> options,
    GatewayMetrics metrics,
    RetryLog log,
    TimeProvider time
)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var cluster = proxy.Route.Cluster!;
        var current = options.Current;
        var attempt = new Attempt(
            cluster,
            replicas.Of(cluster),
            budgets.Of(cluster),
            context.Request.Repeatability(current),
            current,
            time
        );
        context.Features.Set(attempt);

        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        if (
            health.TakeTrial(cluster, attempt.MayTry(context.Request, hasBody) && !IsBound(context, proxy.Cluster)) is
            { } replica
        )
        {
            attempt.Trial = replica.Ejection;
            proxy.AvailableDestinations = replica.Destination;
        }

        var originalBody = context.Request.Body;
        using var body = attempt.Body = hasBody
            ? new ReplayableBody(
                originalBody,
                context.Request.ContentLength,
                attempt.BufferLimit(context.Request),
                mayEndEarly: StringValues.IsNullOrEmpty(context.Request.Headers.Expect)
            )
            : null;
        if (body is not null)
        {
            context.Request.Body = body;
        }

        try
        {
            while (await TryAsync(context, attempt) is { } another)
            {
                proxy.AvailableDestinations = another;
                attempt.Repeat();
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
            await FailureAnswer.WriteAsync(context, attempt, error);
        }
    }

    /// <summary>
    /// Whether a client has been bound to a replica: its requests go there, and are not for trying another one out.
    /// </summary>
    private static bool IsBound(HttpContext context, ClusterModel cluster) =>
        cluster.Config.SessionAffinity is { Enabled: true } affinity
        && context.Request.Cookies.ContainsKey(affinity.AffinityKeyName);

    /// <summary>Asks one replica.</summary>
    /// <returns>The one that shall be asked next; <see langword="null"/> when that was the end of it.</returns>
    private async Task<DestinationState?> TryAsync(HttpContext context, Attempt attempt)
    {
        context.Features.Set<IForwarderErrorFeature>(null);
        if (attempt.Body is { } body)
        {
            ReplicaConnection.SendsNext(body);
            await next(context);
            body.StopWatching();
        }
        else
        {
            await next(context);
        }

        var error = context.Features.Get<IForwarderErrorFeature>();
        if (attempt.Replica is not { } replica)
        {
            return null;
        }

        if (attempt.RefusedStatusCode is { } statusCode)
        {
            Announce(replica, context, $"status {statusCode}");
            return attempt.Next;
        }

        if (error is null)
        {
            if (!attempt.IsAnswerFailure)
            {
                health.Succeeded(attempt.Cluster, replica, attempt.SentAt);
            }

            return null;
        }

        if (attempt.IsFaultOfReplica(error.Error))
        {
            health.Failed(attempt.Cluster, replica, isTransportFailure: true, attempt.SentAt);
        }
        else
        {
            attempt.Trial?.ReturnTrial();
        }

        if (!attempt.ShallAskAnother(context, error))
        {
            return null;
        }

        Announce(replica, context, error.Error.ToString());
        return attempt.Next;
    }

    private void Announce(Replica replica, HttpContext context, string reason)
    {
        metrics.Retried(replica.Name, reason);
        log.Write(replica.Name, context.Request, reason);
    }
}
