namespace Softy.Gateway.Routing;

/// <summary>The two clusters behind the gateway.</summary>
internal static class ClusterNames
{
    public const string Api = "api";
    public const string Web = "web";
}
