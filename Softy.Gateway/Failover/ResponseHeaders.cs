namespace Softy.Gateway.Failover;

/// <summary>Names of the gateway's own response headers.</summary>
internal static class ResponseHeaders
{
    /// <summary>How many replicas failed before one answered. The header is only sent if there were retries.</summary>
    public const string Retries = "X-Softy-Retries";
}
