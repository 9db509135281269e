using Yarp.ReverseProxy.Configuration;

namespace Softy.Gateway.Routing;

/// <summary>The routes: the API's paths, and all other paths for the web site.</summary>
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
            // The gateway's own limits apply instead.
            MaxRequestBodySize = null,
        };
}
