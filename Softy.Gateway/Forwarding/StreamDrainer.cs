using Microsoft.AspNetCore.Http.Features;
using Softy.ServiceDefaults.Draining;

namespace Softy.Gateway.Forwarding;

/// <summary>
/// Ends event streams and WebSockets when the gateway stops listening. Otherwise they would delay the shutdown until
/// their clients disconnect. Clients of such streams can reconnect.
/// </summary>
internal sealed class StreamDrainer(DrainState drain)
{
    /// <summary>Makes an event stream end as if the replica's response were complete.</summary>
    public void DrainEventStream(HttpResponseMessage response) =>
        response.Content = new DrainingContent(response.Content, drain.ListeningEnds);

    /// <summary>Makes a WebSocket end with a close frame for the client.</summary>
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
