using Softy.Gateway.Failover;
using Yarp.ReverseProxy.Transforms;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Removes the headers that the client's <c>Connection</c> header lists, because they are only meant for the gateway.
/// YARP removes only the well-known ones.
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
    /// Whether a header is always forwarded. A client must not remove the headers that describe the body and the host,
    /// nor the key by which the replica detects repeated requests.
    /// </summary>
    private static bool IsEndToEnd(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Host", StringComparison.OrdinalIgnoreCase)
        || name.Equals(Idempotency.KeyHeader, StringComparison.OrdinalIgnoreCase);
}
