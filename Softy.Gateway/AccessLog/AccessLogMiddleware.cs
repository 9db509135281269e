using System.Globalization;
using Softy.Gateway.Configuration;
using Softy.Gateway.Failover;
using Softy.ServiceDefaults.Telemetry;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Gateway.AccessLog;

/// <summary>
/// Logs one structured line for each request. It has neither the query, which may contain secrets, nor the body.
/// </summary>
internal sealed partial class AccessLogMiddleware(
    RequestDelegate next,
    LiveOptions<AccessLogOptions> options,
    TimeProvider time,
    ILogger<AccessLogMiddleware> logger
)
{
    public Task InvokeAsync(HttpContext context) =>
        options.Current.Enabled ? InvokeLoggedAsync(context) : next(context);

    private async Task InvokeLoggedAsync(HttpContext context)
    {
        var startedAt = time.GetTimestamp();
        var hasThrown = true;
        try
        {
            await next(context);
            hasThrown = false;
        }
        finally
        {
            var proxiedRequest = ProxiedRequest.Get(context);
            LogRequest(
                context.Request.Method,
                // Encoded, so that a line break in a path cannot start a new log line.
                context.Request.Path.ToUriComponent(),
                Outcome(context, hasThrown),
                proxiedRequest?.Replica?.Name ?? "-",
                Math.Round(time.GetElapsedTime(startedAt).TotalMilliseconds, 3),
                proxiedRequest?.Retries ?? 0,
                RequestTrace.GetId(context)
            );
        }
    }

    /// <summary>What the client received: a status code, and whether the response was aborted.</summary>
    private static string Outcome(HttpContext context, bool hasThrown)
    {
        var hasStarted = context.Response.HasStarted;
        var hasGone = context.RequestAborted.IsCancellationRequested;
        // The server sends 500 after an exception, unless the response has started.
        var statusCode =
            hasThrown && !hasStarted ? StatusCodes.Status500InternalServerError : context.Response.StatusCode;
        var text = statusCode.ToString(CultureInfo.InvariantCulture);
        return (hasStarted, hasGone) switch
        {
            (true, _) when hasThrown || hasGone || context.Features.Get<IForwarderErrorFeature>() is not null =>
                $"{text} aborted",
            // The client disconnected before it got a response.
            (false, true) => "aborted",
            _ => text,
        };
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "{Method} {Path} {Outcome} {Replica} {DurationMs} ms, {Retries} retries, trace {TraceId}"
    )]
    private partial void LogRequest(
        string method,
        string path,
        string outcome,
        string replica,
        double durationMs,
        int retries,
        string traceId
    );
}
