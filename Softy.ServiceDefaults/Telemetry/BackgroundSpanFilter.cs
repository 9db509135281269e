using System.Diagnostics;
using OpenTelemetry;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>
/// Drops spans that no user's request has caused: the gateway's probes, the PINGs and scripts that a service sends to
/// Redis by itself, and the statements of health checks. There are several each second, which would hide the others.
/// </summary>
/// <remarks>
/// The filters of the instrumentations do not suffice. They drop a span but not its children, because Aspire sets the
/// sampler <c>always_on</c>, which records a child whether or not its parent is recorded. The instrumentation of Redis
/// has no filter.
/// </remarks>
internal sealed class BackgroundSpanFilter : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (IsBackground(data) || !IsParentRecorded(data))
        {
            data.IsAllDataRequested = false;
            // The flag goes into the trace headers of requests to other services, which then do not record either.
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    /// <summary>Whether the span starts a trace without an incoming request.</summary>
    private static bool IsBackground(Activity span) => span.ParentId is null && span.Kind != ActivityKind.Server;

    private static bool IsParentRecorded(Activity span) =>
        span.Parent is { } parent
            ? parent.Recorded
            // The parent is in another process, or the span was created afterwards, as those of Redis are.
            : !ActivityContext.TryParse(span.ParentId, null, out var caller)
                || caller.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
}
