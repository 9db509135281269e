using Softy.Gateway.Failover;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Takes out the headers that the client's <c>Connection</c> header names: they are meant for the next hop, which is
/// this gateway, and YARP takes out the well-known ones only.
/// </summary>
internal sealed class HopByHopTransform : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        var connection = context.HttpContext.Request.Headers.Connection;
        if (connection.Count == 0 || (connection.Count == 1 && connection[0] is "keep-alive" or "close" or "Upgrade"))
        {
            return ValueTask.CompletedTask;
        }

        foreach (var value in connection)
        {
            foreach (
                var name in (value ?? "").Split(
                    ',',
                    StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                )
            )
            {
                if (!IsEndToEnd(name))
                {
                    context.ProxyRequest.Headers.Remove(name);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Whether a header is for the replica whatever the client says. How long the body is, and for whom, is not up for
    /// negotiation, nor is the key by which the replica knows a request that it gets for the second time.
    /// </summary>
    private static bool IsEndToEnd(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Host", StringComparison.OrdinalIgnoreCase)
        || name.Equals(Idempotency.KeyHeader, StringComparison.OrdinalIgnoreCase);
}
