using System.Diagnostics;
using OpenTelemetry;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>
/// Keeps out of the traces what no request of a user has caused: the gateway's probes, the PINGs and scripts that a
/// service sends to Redis by itself, the statements of a health check. Several each second would hide all the others.
/// </summary>
/// <remarks>
/// The instrumentations' own filters do not suffice. They take out one span and leave its children, because Aspire sets
/// the sampler <c>always_on</c>, which records a child whatever became of its parent; and the instrumentation of Redis
/// has no filter that an application could set.
/// </remarks>
internal sealed class BackgroundSpanFilter : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (IsBackground(data) || !IsParentRecorded(data))
        {
            data.IsAllDataRequested = false;
            // In the trace headers of a request to another service, this tells that service to record nothing either.
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    /// <summary>Whether a trace begins here, and not with a request.</summary>
    private static bool IsBackground(Activity span) => span.ParentId is null && span.Kind != ActivityKind.Server;

    private static bool IsParentRecorded(Activity span) =>
        span.Parent is { } parent
            ? parent.Recorded
            // The caller is another process, or the span is made after the fact, as those of Redis are.
            : !ActivityContext.TryParse(span.ParentId, null, out var caller)
                || caller.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
}
