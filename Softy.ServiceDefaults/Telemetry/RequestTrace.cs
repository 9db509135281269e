using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>Finds the trace id of a request, whether or not this service exports telemetry.</summary>
public static class RequestTrace
{
    /// <summary>
    /// Gets the trace id of this service's span. Without a span, it is the one in the client's trace headers; without
    /// those, it is the id that the server gave the request.
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
