using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Softy.Gateway.Routing;

/// <summary>One version of YARP's configuration, and the change token for the next version.</summary>
internal sealed class GatewayConfig(IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters)
    : IProxyConfig
{
    private readonly ConfigurationReloadToken _superseded = new();

    public IReadOnlyList<RouteConfig> Routes => routes;

    public IReadOnlyList<ClusterConfig> Clusters => clusters;

    public IChangeToken ChangeToken => _superseded;

    public void SignalChange() => _superseded.OnReload();
}
