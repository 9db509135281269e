using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Softy.Gateway.Configuration;
using Softy.Gateway.Failover;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Chooses the replica's address for the version of HTTP, and forwards the path and the query exactly as the client
/// sent them. YARP would rebuild them from the decoded path, in which <c>%252F</c> and <c>%2F</c> are the same.
/// </summary>
internal sealed class DestinationTransform(LiveOptions<UpstreamOptions> options) : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        var request = context.ProxyRequest;
        var prefix = context.DestinationPrefix;
        var proxiedRequest = ProxiedRequest.Get(context.HttpContext);
        if (FindHttp2Address(request, proxiedRequest) is { } address)
        {
            prefix = address;
            request.Version = HttpVersion.Version20;
        }

        var target = context.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        var uri =
            target is not null && IsUnambiguous(target)
                ? string.Concat(prefix.AsSpan().TrimEnd('/'), target)
                : RequestUtilities
                    .MakeDestinationAddress(prefix, context.Path, context.HttpContext.Request.QueryString)
                    .AbsoluteUri;
        request.RequestUri = new DestinationUri(uri, proxiedRequest);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Finds the replica's address for HTTP/2 if the request can be sent by it. Requests with a body cannot: when a
    /// replica refuses one or answers early, the HTTP client does not always tell what became of it. YARP allows a
    /// lower version of HTTP only for upgrades, for example to WebSockets, which need HTTP/1.1.
    /// </summary>
    private string? FindHttp2Address(HttpRequestMessage request, ProxiedRequest? proxiedRequest)
    {
        if (
            !options.Current.Http2
            || request.VersionPolicy != HttpVersionPolicy.RequestVersionExact
            || proxiedRequest is not { Replica.Http2: { Address: { } address }, Body: null }
        )
        {
            return null;
        }

        proxiedRequest.UsesHttp2 = true;
        return address;
    }

    /// <summary>
    /// Whether the replica must interpret the path in the same way as the routing has. This is not certain with dot
    /// segments, backslashes, absolute URIs and control characters, for which YARP's normalized form is sent.
    /// </summary>
    private static bool IsUnambiguous(ReadOnlySpan<char> target)
    {
        if (
            target.IsEmpty
            || target[0] != '/'
            || target.Contains('#')
            || target.ContainsAnyInRange('\0', ' ')
            || target.Contains('\x7f')
        )
        {
            return false;
        }

        var query = target.IndexOf('?');
        var path = query < 0 ? target : target[..query];
        if (!path.ContainsAny('.', '%', '\\'))
        {
            return true;
        }

        return !path.Contains('\\')
            && !path.Contains("%5c", StringComparison.OrdinalIgnoreCase)
            && !path.Contains("%2e", StringComparison.OrdinalIgnoreCase)
            && !path.Contains("/./", StringComparison.Ordinal)
            && !path.Contains("/../", StringComparison.Ordinal)
            && !path.EndsWith("/.", StringComparison.Ordinal)
            && !path.EndsWith("/..", StringComparison.Ordinal);
    }
}
