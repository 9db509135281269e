using System.Globalization;
using Softy.Gateway.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Gateway.Failover;

/// <summary>The gateway's own refusals, as RFC 9457 problems.</summary>
internal static class Problems
{
    private const int RetryAfterSeconds = 1;

    public static Task WriteAsync(HttpContext context, int statusCode, string detail, int? retryAfterSeconds = null)
    {
        if (retryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return TypedResults.Problem(detail, statusCode: statusCode).ExecuteAsync(context);
    }

    /// <summary>Tells the client that no replica has answered its request.</summary>
    public static Task WriteAsync(HttpContext context, Attempt attempt, IForwarderErrorFeature error)
    {
        if (attempt.Retries > 0)
        {
            context.Response.Headers[ResponseHeaders.Retries] = attempt.Retries.ToString(CultureInfo.InvariantCulture);
        }

        return error.Error switch
        {
            ForwarderError.NoAvailableDestinations =>
                WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "No replica is known.", RetryAfterSeconds),
            ForwarderError.Request when attempt.NothingWasSent =>
                WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "No replica can be reached. The request was not sent.", RetryAfterSeconds),
            ForwarderError.RequestTimedOut =>
                WriteAsync(context, StatusCodes.Status504GatewayTimeout, "The replica has not answered in time."),
            ForwarderError.RequestCreation =>
                WriteAsync(context, StatusCodes.Status400BadRequest, "The request cannot be forwarded."),
            ForwarderError.RequestBodyClient =>
                WriteAsync(context, context.Response.StatusCode, "The request's body could not be read to its end."),
            _ => WriteAsync(context, context.Response.StatusCode, "The replica failed while it had the request."),
        };
    }
}
