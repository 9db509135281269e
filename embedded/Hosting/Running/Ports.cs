using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Running;

/// <summary>
/// Gives every endpoint its port. Free ports come from below the range that the system takes for outgoing connections,
/// which could otherwise take one before the process listens on it; and a lock file for each, held as long as the host
/// lives, keeps hosts that run at the same time apart.
/// </summary>
internal sealed class Ports : IDisposable
{
    private const int First = 20_000;
    private const int Last = 32_000;

    private readonly List<FileStream> _locks = [];

    /// <summary>Takes a free port.</summary>
    public int TakeFree()
    {
        var folder = Path.Combine(Path.GetTempPath(), "softy-ports");
        Directory.CreateDirectory(folder);

        for (var attempt = 0; attempt < Last - First; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (TryLock(Path.Combine(folder, port.ToString(CultureInfo.InvariantCulture))) && IsFree(port))
            {
                return port;
            }
        }

        throw new DistributedApplicationException($"No port between {First} and {Last} is free.");
    }

    /// <summary>Whether nobody listens on a port of this machine's loopback addresses.</summary>
    public static bool IsFree(int port) =>
        CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    public void Dispose() => _locks.ForEach(file => file.Dispose());

    private static bool CanListen(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException e)
        {
            // A machine may know IPv6 and have no address of it.
            return e.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }

    private bool TryLock(string path)
    {
        try
        {
            _locks.Add(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
