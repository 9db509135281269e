using System.Globalization;
using Softy.Gateway.Problems;
using Yarp.ReverseProxy.Forwarder;

namespace Softy.Gateway.Failover;

/// <summary>Writes the error response for a request that no replica has answered.</summary>
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
                "The replica did not answer in time."
            ),
            ForwarderError.RequestCreation => Problem.WriteAsync(
                context,
                StatusCodes.Status400BadRequest,
                "The request cannot be forwarded."
            ),
            ForwarderError.RequestBodyClient => Problem.WriteAsync(
                context,
                context.Response.StatusCode,
                "The request's body could not be read completely."
            ),
            _ => Problem.WriteAsync(
                context,
                context.Response.StatusCode,
                "The replica failed while it processed the request."
            ),
        };
    }
}
