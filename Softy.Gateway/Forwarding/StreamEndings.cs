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

    /// <summary>Whether a response goes on until someone ends it.</summary>
    public static bool IsEndless(HttpResponseMessage response) =>
        response.StatusCode == System.Net.HttpStatusCode.SwitchingProtocols
        || response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types)
            && types.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
