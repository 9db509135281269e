using Yarp.ReverseProxy.Configuration;

namespace Softy.Gateway.Routing;

/// <summary>Which paths go where: the API's own, and everything else to the web site.</summary>
internal static class RouteTable
{
    public static IReadOnlyList<RouteConfig> Routes { get; } =
    [
        Route("api", "/api/{**rest}", ClusterNames.Api),
        Route("host", "/host", ClusterNames.Api),
        Route("date", "/date", ClusterNames.Api),
        Route("openapi", "/openapi/{**rest}", ClusterNames.Api),
        Route("web", "/{**rest}", ClusterNames.Web),
    ];

    private static RouteConfig Route(string id, string path, string cluster) =>
        new()
        {
            RouteId = id,
            ClusterId = cluster,
            Match = new RouteMatch { Path = path },
            // The limits of this gateway apply, not the server's per-endpoint ones.
            MaxRequestBodySize = null,
        };
}
