using Softy.ServiceDefaults.Draining;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Ends event streams and WebSockets when the gateway stops listening: they would keep it waiting for as long as
/// their clients stay, and their clients know how to connect again.
/// </summary>
internal sealed class StreamEndings(DrainState drain)
{
    public void EndWithTheGateway(HttpContext context)
    {
        var ending = drain.ListeningEnds.UnsafeRegister(static state => ((HttpContext)state!).Abort(), context);
        context.Response.RegisterForDispose(ending);
    }
}
