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
            foreach (var name in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                // How long the body is, and for whom, is never up for negotiation.
                if (!name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) && !name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                {
                    context.ProxyRequest.Headers.Remove(name);
                }
            }
        }

        return ValueTask.CompletedTask;
    }
}
