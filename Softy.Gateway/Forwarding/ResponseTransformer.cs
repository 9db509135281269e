using System.Globalization;
using System.Net;
using Microsoft.Net.Http.Headers;
using Softy.Gateway.Failover;
using Softy.Gateway.Health;
using Softy.Gateway.Limits;
using Softy.ServiceDefaults;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Handles the headers of each response: adds the replica's name, records the latency, reports the result to the health
/// tracking, and discards the response if the request is retried.
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
            // Other responses are reported when they are complete, but this one may never end.
            health.ReportSuccess(proxiedRequest.Cluster, replica, proxiedRequest.SentAt);
        }

        if (headers.Remove(SoftyHeaders.Draining))
        {
            health.ReportDraining(proxiedRequest.Cluster, replica);
        }

        if (proxiedRequest.TryPlanRetry(statusCode))
        {
            context.SuppressResponseBody = true;
            return ValueTask.CompletedTask;
        }

        // The replica's server software is only of interest to attackers.
        headers.Remove(HeaderNames.Server);

        if (headers[SoftyHeaders.Instance] is [{ Length: > 0 } text])
        {
            if (!string.Equals(text, replica.Name, StringComparison.Ordinal))
            {
                replica.Name = text;
            }
        }

        // Removed first, because setting a header keeps the spelling of its name, which is in lower case after HTTP/2.
        headers.Remove(SoftyHeaders.Instance);
        headers[SoftyHeaders.Instance] = replica.Name;

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
