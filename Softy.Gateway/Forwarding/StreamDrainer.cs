using Microsoft.AspNetCore.Http.Features;
using Softy.ServiceDefaults.Draining;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Ends event streams and WebSockets when the gateway stops listening: they would keep it waiting for as long as
/// their clients stay, and their clients know how to connect again. Each ends the way its protocol does.
/// </summary>
internal sealed class StreamDrainer(DrainState drain)
{
    /// <summary>Gives an event stream its end: the replica's answer seems to be over.</summary>
    public void DrainEventStream(HttpResponseMessage response) =>
        response.Content = new DrainingContent(response.Content, drain.ListeningEnds);

    /// <summary>Gives a WebSocket its end: the client is told that this end goes away.</summary>
    public void DrainWebSocket(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            context.Features.Set<IHttpExtendedConnectFeature>(
                new ClosingConnect(connect, context, drain.ListeningEnds)
            );
        }
        else if (context.Features.Get<IHttpUpgradeFeature>() is { } upgrade)
        {
            context.Features.Set<IHttpUpgradeFeature>(new ClosingUpgrade(upgrade, context, drain.ListeningEnds));
        }
    }

    private sealed class ClosingUpgrade(IHttpUpgradeFeature inner, HttpContext context, CancellationToken ending)
        : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => new ClosingWebSocket(await inner.UpgradeAsync(), context, ending);
    }

    private sealed class ClosingConnect(
        IHttpExtendedConnectFeature inner,
        HttpContext context,
        CancellationToken ending
    ) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => inner.IsExtendedConnect;

        public string? Protocol => inner.Protocol;

        public async ValueTask<Stream> AcceptAsync() =>
            new ClosingWebSocket(await inner.AcceptAsync(), context, ending);
    }
}
