using System.Diagnostics;
using OpenTelemetry;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>
/// Keeps health checks and probes out of the traces, on both sides, with all that they lead to: one every second for each
/// replica would hide the requests that somebody made.
/// </summary>
internal sealed class ProbeFilter : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (IsProbe(data) || IsPartOfUnrecorded(data))
        {
            // What goes upstream says so, too.
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            data.IsAllDataRequested = false;
        }
    }

    private static bool IsProbe(Activity span) => span.Kind switch
    {
        ActivityKind.Server => span.GetTagItem("url.path") is "/health" or "/alive",

        // A request that no request has led to is one of the gateway's probes.
        ActivityKind.Client => span.ParentId is null && span.Source.Name == "System.Net.Http",
        _ => false,
    };

    private static bool IsPartOfUnrecorded(Activity span) =>
        span.Parent is { } parent ? !parent.Recorded : span.ParentId?.EndsWith("-00", StringComparison.Ordinal) is true;
}
