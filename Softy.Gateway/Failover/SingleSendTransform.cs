using System.Text;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Failover;

/// <summary>
/// Notices when a request is written to a connection, and keeps the HTTP client from writing it a second time on its
/// own: when a connection breaks before an answer, the client repeats any request whose content it has not begun to
/// send, whatever its method, up to three times on the same replica. Whether and where a request is sent again is for
/// this gateway to decide, and it must know that something was sent even where the client then fails to connect again.
/// </summary>
internal sealed class SingleSendTransform : RequestTransform
{
    /// <summary>The header by which writing is noticed: every forwarded request has it exactly once.</summary>
    public const string MarkerHeader = "X-Forwarded-Proto";

    private static readonly HttpRequestOptionsKey<ProxiedRequest> _optionsKey = new("Softy.ProxiedRequest");

    /// <summary>
    /// Called by the HTTP client for every header that it writes, and so the one place that sees each writing.
    /// </summary>
    /// <exception cref="HttpRequestException">The request was written before. The client does not repeat after this.</exception>
    public static Encoding? SelectEncoding(string header, HttpRequestMessage request)
    {
        if (
            string.Equals(header, MarkerHeader, StringComparison.Ordinal)
            && GetProxiedRequest(request) is { } proxiedRequest
        )
        {
            if (proxiedRequest.WasWritten)
            {
                throw new HttpRequestException(
                    HttpRequestError.ResponseEnded,
                    "The connection broke before the replica answered."
                );
            }

            proxiedRequest.WasWritten = true;
        }

        // The client's headers are read as UTF-8, and leave as they came.
        return Encoding.UTF8;
    }

    /// <summary>The attempt that a request to a replica belongs to; none where it is a probe.</summary>
    public static ProxiedRequest? GetProxiedRequest(HttpRequestMessage request) =>
        request.Options.TryGetValue(_optionsKey, out var proxiedRequest) ? proxiedRequest : null;

    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        if (ProxiedRequest.Get(context.HttpContext) is { } proxiedRequest)
        {
            context.ProxyRequest.Options.Set(_optionsKey, proxiedRequest);
        }

        return ValueTask.CompletedTask;
    }
}
