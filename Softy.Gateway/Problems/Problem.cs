using System.Globalization;

namespace Softy.Gateway.Problems;

/// <summary>Writes the gateway's own error responses as RFC 9457 problems.</summary>
internal static class Problem
{
    public static Task WriteAsync(HttpContext context, int statusCode, string detail, int? retryAfterSeconds = null)
    {
        if (retryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return TypedResults.Problem(detail, statusCode: statusCode).ExecuteAsync(context);
    }
}
