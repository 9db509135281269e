using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Forwards the path and the query exactly as the client sent them. YARP would rebuild them from the decoded path, in
/// which <c>%252F</c> and <c>%2F</c> are the same.
/// </summary>
internal sealed class PathTransform : RequestTransform
{
    private static readonly UriCreationOptions _asWritten = new()
    {
        DangerousDisablePathAndQueryCanonicalization = true,
    };

    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        var target = context.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (target is not null && IsUnambiguous(target))
        {
            var prefix = context.DestinationPrefix.AsSpan().TrimEnd('/');
            if (Uri.TryCreate(string.Concat(prefix, target), _asWritten, out var uri))
            {
                context.ProxyRequest.RequestUri = uri;
            }
        }

        return ValueTask.CompletedTask;
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
