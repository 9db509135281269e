namespace Softy.Gateway.Failover;

/// <summary>
/// The address of a forwarded request, which also tells to which proxied request it belongs. The options of
/// <see cref="HttpRequestMessage"/> could tell it as well, but each request would need a dictionary for them.
/// </summary>
internal sealed class DestinationUri : Uri
{
    private readonly ProxiedRequest? _proxiedRequest;

    /// <summary>Takes an address exactly as it is written, without normalizing its path and query.</summary>
    /// <exception cref="UriFormatException">It is not a valid URI.</exception>
    public DestinationUri(string address, ProxiedRequest? proxiedRequest)
        : base(address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }) =>
        _proxiedRequest = proxiedRequest;

    /// <summary>
    /// The proxied request that a request to a replica belongs to, or <see langword="null"/> for a probe.
    /// </summary>
    public static ProxiedRequest? GetProxiedRequest(HttpRequestMessage request) =>
        (request.RequestUri as DestinationUri)?._proxiedRequest;
}
