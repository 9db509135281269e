using System.Net;
using System.Net.Sockets;

namespace Softy.Gateway.Discovery;

/// <summary>Looks host names up.</summary>
internal interface IHostResolver
{
    /// <summary>Finds the addresses of a host.</summary>
    /// <exception cref="SocketException">The name is unknown, or nobody who knows it answers.</exception>
    Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, AddressFamily family, CancellationToken cancellationToken);
}

/// <summary>Asks the operating system, and so honours its hosts file and its search domains.</summary>
internal sealed class SystemHostResolver : IHostResolver
{
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(
        string host,
        AddressFamily family,
        CancellationToken cancellationToken
    ) => await Dns.GetHostAddressesAsync(host, family, cancellationToken);
}
