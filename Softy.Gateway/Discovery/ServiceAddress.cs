using System.Net;

namespace Softy.Gateway.Discovery;

/// <summary>The configured address of a service: ports, and a host that may be a name for several replicas.</summary>
/// <param name="Host">The name or the IP address.</param>
/// <param name="Port">The port for HTTP/1.1.</param>
internal sealed record ServiceAddress(string Host, int Port)
{
    /// <summary>
    /// Whether the host must be looked up. Names of the local machine are not, because their IPv4 and IPv6 addresses
    /// would count as two replicas.
    /// </summary>
    public bool NeedsLookup => !IPAddress.TryParse(Host, out _) && !IsThisMachine;

    private bool IsThisMachine =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>Parses <c>http://host:port</c>.</summary>
    /// <returns>The address, or <see langword="null"/> if the text is invalid.</returns>
    public static ServiceAddress? TryParse(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme == Uri.UriSchemeHttp
        && uri is { PathAndQuery: "/", UserInfo: "", Fragment: "" }
            ? new ServiceAddress(uri.DnsSafeHost, uri.Port)
            : null;

    /// <summary>Creates the URI for the host as it is configured.</summary>
    public Uri ToUri() => ToUri(Host);

    /// <summary>Creates the URI of one replica of the host.</summary>
    public Uri ToUri(IPAddress address) => ToUri(address.ToString());

    private Uri ToUri(string host) => new UriBuilder(Uri.UriSchemeHttp, host, Port).Uri;
}
