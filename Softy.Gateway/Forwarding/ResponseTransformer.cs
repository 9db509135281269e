using System.Globalization;
using System.Net;
using Microsoft.Net.Http.Headers;
using Softy.Gateway.Failover;
using Softy.Gateway.Health;
using Softy.Gateway.Limits;
using Softy.ServiceDefaults.Draining;
using Softy.ServiceDefaults.Instances;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Looks at each response when its headers are there: says which replica gave it, notes how long that took, and holds
/// it back when another replica shall be asked instead.
/// </summary>
internal sealed class ResponseTransformer(HealthTracker health, OpenStreams open, StreamDrainer streams)
    : ResponseTransform
{
    public override ValueTask ApplyAsync(ResponseTransformContext context)
    {
        var proxiedRequest = ProxiedRequest.Get(context.HttpContext);
        if (context.ProxyResponse is not { } response || proxiedRequest?.Replica is not { } replica)
        {
            return ValueTask.CompletedTask;
        }

        var headers = context.HttpContext.Response.Headers;
        var statusCode = (int)response.StatusCode;

        proxiedRequest.RecordLatency();
        health.ReportResponseStarted(replica);
        if (health.IsFailure(statusCode))
        {
            proxiedRequest.HasFailureStatus = true;
            health.ReportFailure(proxiedRequest.Cluster, replica, isTransportFailure: false, proxiedRequest.SentAt);
        }
        else if (IsWebSocket(response) || IsEventStream(response))
        {
            // All other answers count when they are complete; this one may never be.
            health.ReportSuccess(proxiedRequest.Cluster, replica, proxiedRequest.SentAt);
        }

        if (headers.Remove(DrainExtensions.HeaderName))
        {
            health.ReportDraining(proxiedRequest.Cluster, replica);
        }

        if (proxiedRequest.TryPlanRetry(statusCode))
        {
            context.SuppressResponseBody = true;
            return ValueTask.CompletedTask;
        }

        // What a replica runs on helps only those who look for its weaknesses.
        headers.Remove(HeaderNames.Server);

        if (
            headers.TryGetValue(InstanceExtensions.HeaderName, out var name)
            && name.Count == 1
            && name[0] is { Length: > 0 } text
        )
        {
            if (!string.Equals(text, replica.Name, StringComparison.Ordinal))
            {
                replica.Name = text;
            }
        }
        else
        {
            headers[InstanceExtensions.HeaderName] = replica.Name;
        }

        if (proxiedRequest.Retries > 0)
        {
            headers[ResponseHeaders.Retries] = proxiedRequest.Retries.ToString(CultureInfo.InvariantCulture);
        }

        var isWebSocket = IsWebSocket(response);
        if (!isWebSocket && !IsEventStream(response))
        {
            return ValueTask.CompletedTask;
        }

        if (!(isWebSocket ? open.TryOpenWebSocket(context.HttpContext) : open.TryOpenEventStream(context.HttpContext)))
        {
            context.SuppressResponseBody = true;
            context.HttpContext.Response.Clear();
            return new ValueTask(LimitsMiddleware.RejectStreamAsync(context.HttpContext));
        }

        if (isWebSocket)
        {
            streams.DrainWebSocket(context.HttpContext);
        }
        else
        {
            streams.DrainEventStream(response);
        }

        return ValueTask.CompletedTask;
    }

    private static bool IsWebSocket(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.SwitchingProtocols;

    private static bool IsEventStream(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types)
        && types.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
