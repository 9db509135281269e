using System.Net;

namespace Softy.Gateway.Discovery;

/// <summary>Where a service is said to be: a host, perhaps a name that stands for several replicas, and a port.</summary>
internal sealed record ServiceAddress(string Host, int Port)
{
    /// <summary>
    /// Whether the host has to be looked up. This machine's own names are not: their IPv4 and IPv6 addresses are one
    /// replica, which would count twice.
    /// </summary>
    public bool NeedsLookup => !IPAddress.TryParse(Host, out _) && !IsThisMachine;

    private bool IsThisMachine =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads <c>http://host:port</c>.</summary>
    /// <returns>The address, or <see langword="null"/> when the text is none.</returns>
    public static ServiceAddress? TryParse(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme == Uri.UriSchemeHttp
        && uri is { PathAndQuery: "/", UserInfo: "", Fragment: "" }
            ? new ServiceAddress(uri.DnsSafeHost, uri.Port)
            : null;

    /// <summary>The address without a look-up.</summary>
    public Uri ToUri() => new UriBuilder(Uri.UriSchemeHttp, Host, Port).Uri;

    /// <summary>The address of one replica behind the host.</summary>
    public Uri ToUri(IPAddress address) => new UriBuilder(Uri.UriSchemeHttp, address.ToString(), Port).Uri;
}
