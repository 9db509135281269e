using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Softy.Tests;

/// <summary>Ports of this machine for servers that a test starts later.</summary>
internal static class FreePort
{
    /// <summary>
    /// Finds a port that nobody listens on, below those that the system uses for outgoing connections, so that it stays
    /// free while no process listens.
    /// </summary>
    public static int Find()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(20_000, 30_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one, then.
            }
        }
    }
}
