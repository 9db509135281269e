namespace Softy.Gateway.Failover;

/// <summary>Names of response headers that are the gateway's own.</summary>
internal static class ResponseHeaders
{
    /// <summary>How many replicas failed the request before the one that answered it; absent when none did.</summary>
    public const string Retries = "X-Softy-Retries";
}
