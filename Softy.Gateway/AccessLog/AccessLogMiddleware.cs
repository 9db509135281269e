using Softy.Gateway.Failover;
using Softy.Gateway.Settings;
using Softy.ServiceDefaults.Telemetry;

namespace Softy.Gateway.AccessLog;

/// <summary>One structured line for each request: no query, which may hold what nobody should read, and no body.</summary>
internal sealed partial class AccessLogMiddleware(
    RequestDelegate next, LiveSettings<AccessLogSettings> settings, TimeProvider time, ILogger<AccessLogMiddleware> logger)
{
    public Task InvokeAsync(HttpContext context) => settings.Current.Enabled ? InvokeLoggedAsync(context) : next(context);

    private async Task InvokeLoggedAsync(HttpContext context)
    {
        var startedAt = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var attempt = Attempt.Of(context);
            LogRequest(
                context.Request.Method,
                // Encoded again, so that a line break in a path is none in the log.
                context.Request.Path.ToUriComponent(),
                context.Response.StatusCode,
                attempt?.Replica?.Name ?? "-",
                Math.Round(time.GetElapsedTime(startedAt).TotalMilliseconds, 3),
                attempt?.Retries ?? 0,
                RequestTrace.GetId(context));
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Method} {Path} {StatusCode} {Replica} {DurationMs} ms, {Retries} retries, trace {TraceId}")]
    private partial void LogRequest(string method, string path, int statusCode, string replica, double durationMs, int retries, string traceId);
}
