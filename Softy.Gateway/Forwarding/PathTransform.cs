using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Sends the path and the query on exactly as the client wrote them. YARP rebuilds them from the decoded path, in which
/// <c>%252F</c> and <c>%2F</c> have become the same.
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
    /// Whether the replica cannot read another path than the one that chose the route. Dot segments and backslashes
    /// leave that open, and so do a whole URI and control characters, of which a carriage return may end a line; YARP's
    /// normal form is sent for them.
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
