using System.Text;

namespace Softy.Gateway.Failover;

/// <summary>
/// Detects when a request is written to a connection, and keeps the HTTP client from sending it again on its own. If a
/// connection breaks before the response, the HTTP client retries requests with any method up to three times on the
/// same replica, provided that it has not started to send the content. Only the gateway may decide about retries, and
/// it must know that data was sent even if the HTTP client then fails to reconnect.
/// </summary>
/// <remarks>
/// In HTTP/2, the HTTP client sends a request again only if the replica has refused it, by a REFUSED_STREAM or GOAWAY
/// frame, which guarantees that it was not processed.
/// </remarks>
internal static class SingleSend
{
    /// <summary>The header that reveals each write. Every forwarded request has it exactly once.</summary>
    public const string MarkerHeader = "X-Forwarded-Proto";

    /// <summary>
    /// Called by the HTTP client for every header that it writes. No other callback runs on each write.
    /// </summary>
    /// <exception cref="HttpRequestException">
    /// The request was already written. The HTTP client does not retry after this exception.
    /// </exception>
    public static Encoding? SelectEncoding(string header, HttpRequestMessage request)
    {
        if (
            string.Equals(header, MarkerHeader, StringComparison.Ordinal)
            && DestinationUri.GetProxiedRequest(request) is { } proxiedRequest
        )
        {
            if (proxiedRequest.WasWritten && !proxiedRequest.MayBeWrittenAgain())
            {
                throw new HttpRequestException(
                    HttpRequestError.ResponseEnded,
                    "The connection broke before the replica answered."
                );
            }

            proxiedRequest.WasWritten = true;
        }

        // The server decodes request headers as UTF-8, so they are encoded the same way.
        return Encoding.UTF8;
    }
}
