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
/// Looks at each response when its headers are there: says which replica gave it, notes how long that took, and holds
/// it back when another replica shall be asked instead.
/// </summary>
internal sealed class ResponseTransformer(HealthTracker health, OpenStreams open, StreamEndings streams)
    : ResponseTransform
{
    public override ValueTask ApplyAsync(ResponseTransformContext context)
    {
        var attempt = Attempt.Of(context.HttpContext);
        if (context.ProxyResponse is not { } response || attempt?.Replica is not { } replica)
        {
            return ValueTask.CompletedTask;
        }

        var headers = context.HttpContext.Response.Headers;
        var statusCode = (int)response.StatusCode;

        attempt.Answered();
        health.Answering(replica);
        if (health.IsFailure(statusCode))
        {
            attempt.IsAnswerFailure = true;
            health.Failed(attempt.Cluster, replica, isTransportFailure: false, attempt.SentAt);
        }
        else if (IsWebSocket(response) || IsEventStream(response))
        {
            // All other answers count when they are complete; this one may never be.
            health.Succeeded(attempt.Cluster, replica, attempt.SentAt);
        }

        if (headers.Remove(SoftyHeaders.Draining))
        {
            health.Draining(attempt.Cluster, replica);
        }

        if (attempt.ShallAskAnother(statusCode))
        {
            context.SuppressResponseBody = true;
            return ValueTask.CompletedTask;
        }

        // What a replica runs on helps only those who look for its weaknesses.
        headers.Remove(HeaderNames.Server);

        if (
            headers.TryGetValue(SoftyHeaders.Instance, out var name)
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
            headers[SoftyHeaders.Instance] = replica.Name;
        }

        if (attempt.Retries > 0)
        {
            headers[ResponseHeaders.Retries] = attempt.Retries.ToString(CultureInfo.InvariantCulture);
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
            return new ValueTask(LimitsMiddleware.RefuseStreamAsync(context.HttpContext));
        }

        if (isWebSocket)
        {
            streams.EndWebSocket(context.HttpContext);
        }
        else
        {
            streams.EndEventStream(response);
        }

        return ValueTask.CompletedTask;
    }

    private static bool IsWebSocket(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.SwitchingProtocols;

    private static bool IsEventStream(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types)
        && types.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
