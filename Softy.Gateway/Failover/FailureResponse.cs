using System.Globalization;
using Softy.Gateway.Problems;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Gateway.Failover;

/// <summary>Tells a client that no replica has answered its request, and why.</summary>
internal static class FailureResponse
{
    private const int RetryAfterSeconds = 1;

    public static Task WriteAsync(HttpContext context, ProxiedRequest proxiedRequest, IForwarderErrorFeature error)
    {
        if (proxiedRequest.Retries > 0)
        {
            context.Response.Headers[ResponseHeaders.Retries] = proxiedRequest.Retries.ToString(
                CultureInfo.InvariantCulture
            );
        }

        return error.Error switch
        {
            ForwarderError.NoAvailableDestinations => Problem.WriteAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "No replica is known.",
                RetryAfterSeconds
            ),
            ForwarderError.Request when proxiedRequest.NeverConnected => Problem.WriteAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "No replica can be reached. The request was not sent.",
                RetryAfterSeconds
            ),
            ForwarderError.RequestTimedOut => Problem.WriteAsync(
                context,
                StatusCodes.Status504GatewayTimeout,
                "The replica has not answered in time."
            ),
            ForwarderError.RequestCreation => Problem.WriteAsync(
                context,
                StatusCodes.Status400BadRequest,
                "The request cannot be forwarded."
            ),
            ForwarderError.RequestBodyClient => Problem.WriteAsync(
                context,
                context.Response.StatusCode,
                "The request's body could not be read to its end."
            ),
            _ => Problem.WriteAsync(
                context,
                context.Response.StatusCode,
                "The replica failed while it had the request."
            ),
        };
    }
}
