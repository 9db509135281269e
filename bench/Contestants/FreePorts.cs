using System.Net;
using System.Net.Sockets;

namespace Softy.Bench.Contestants;

/// <summary>Finds ports for programs that cannot choose one themselves.</summary>
internal static class FreePorts
{
    public static int[] Find(int count)
    {
        // All are bound at the same time, so that no two are the same.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
