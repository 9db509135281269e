using System.Net;
using System.Net.Sockets;

namespace Softy.Gateway.Discovery;

/// <summary>Resolves host names.</summary>
internal interface IHostResolver
{
    /// <summary>Resolves the addresses of a host.</summary>
    /// <exception cref="SocketException">The name is unknown, or no DNS server answers.</exception>
    Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, AddressFamily family, CancellationToken cancellationToken);
}

/// <summary>Uses the operating system's resolver, including its hosts file and search domains.</summary>
internal sealed class SystemHostResolver : IHostResolver
{
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(
        string host,
        AddressFamily family,
        CancellationToken cancellationToken
    ) => await Dns.GetHostAddressesAsync(host, family, cancellationToken);
}
