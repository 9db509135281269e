using Microsoft.AspNetCore.Http.Features;
using Softy.Gateway.Health;
using Softy.Gateway.Settings;
using Softy.Gateway.Status;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Gateway.Failover;

/// <summary>
/// Sends a request to one replica after the other until one answers, as far as that cannot do anything twice. The
/// first replica is the policy's choice; a retry goes to the least busy of the others and takes nobody's turn.
/// </summary>
internal sealed partial class FailoverMiddleware(
    RequestDelegate next,
    HealthTracker health,
    LiveSettings<FailoverSettings> settings,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<FailoverMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var cluster = proxy.Route.Cluster!;
        var repeatability = context.Request.Repeatability();
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        var attempt = new Attempt(cluster, repeatability, hasBody, settings.Current, time);
        context.Features.Set(attempt);

        if (health.TakeTrial(cluster, repeatability == Repeatability.Always) is { } replica)
        {
            attempt.Trial = replica.Ejection;
            proxy.AvailableDestinations = replica.Destination;
        }

        var originalBody = context.Request.Body;
        using var body = attempt.Body = attempt.ShallKeepBody(context.Request) ? new ReplayableBody(originalBody, settings.Current.BufferLimit) : null;
        if (body is not null)
        {
            context.Request.Body = body;
        }

        try
        {
            while (!await TryAsync(context, attempt))
            {
                proxy.AvailableDestinations = attempt.FindAnother()!;
                attempt.Repeat();
                context.Response.Clear();
            }
        }
        finally
        {
            context.Request.Body = originalBody;
        }

        if (context.Features.Get<IForwarderErrorFeature>() is { } error && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await FailureAnswer.WriteAsync(context, attempt, error);
        }
    }

    /// <summary>Asks one replica.</summary>
    /// <returns>Whether that was the end of it: false when another replica shall be asked.</returns>
    private async Task<bool> TryAsync(HttpContext context, Attempt attempt)
    {
        context.Features.Set<IForwarderErrorFeature>(null);
        await next(context);

        var error = context.Features.Get<IForwarderErrorFeature>();
        if (error is null && attempt.RefusedStatusCode is null)
        {
            return true;
        }

        if (attempt.Replica is not { } replica)
        {
            return true;
        }

        if (attempt.RefusedStatusCode is { } statusCode)
        {
            Announce(replica, context, $"status {statusCode}");
            return false;
        }

        if (IsFaultOfReplica(error!.Error))
        {
            health.Failed(attempt.Cluster, replica, isTransportFailure: true, attempt.SentAt);
        }
        else
        {
            attempt.Trial?.ReturnTrial();
        }

        if (!attempt.CanRetry(context, error) || attempt.FindAnother() is null)
        {
            return true;
        }

        Announce(replica, context, error.Error.ToString());
        return false;
    }

    private static bool IsFaultOfReplica(ForwarderError error) => error
        is ForwarderError.Request
        or ForwarderError.RequestTimedOut
        or ForwarderError.RequestBodyDestination
        or ForwarderError.ResponseBodyDestination
        or ForwarderError.ResponseHeaders
        or ForwarderError.UpgradeResponseDestination;

    private void Announce(Replica replica, HttpContext context, string reason)
    {
        metrics.Retried(replica, reason);
        LogRetry(replica.Name, context.Request.Method, context.Request.Path.ToUriComponent(), reason);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Replica} failed {Method} {Path} ({Reason}); asking another replica.")]
    private partial void LogRetry(string replica, string method, string path, string reason);
}
