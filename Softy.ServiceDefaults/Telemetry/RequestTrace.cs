using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>Which trace a request belongs to, whether this service exports telemetry or not.</summary>
public static class RequestTrace
{
    /// <summary>
    /// Gets the id of the trace of this service's span; where there is none, that of the client's trace headers; and
    /// where the client sent none, an id of the request alone.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <returns>The id; 32 hexadecimal digits where there is a trace.</returns>
    public static string GetId(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);

        return Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString()
            : ActivityContext.TryParse(http.Request.Headers.TraceParent, null, out var caller)
                ? caller.TraceId.ToHexString()
            : http.TraceIdentifier;
    }
}
