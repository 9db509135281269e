using System.Collections.Concurrent;
using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Softy.Tests.Compose;

/// <summary>
/// A way into another network namespace: what connects to a port of this machine's loopback comes out at the same port
/// of the other one's. A socket belongs to the namespace of the thread that creates it, whichever thread uses it later,
/// so that one thread that has moved there is enough.
/// </summary>
internal sealed class EngineNetwork
{
    private const int NetworkNamespace = 0x40000000;

    private readonly BlockingCollection<TaskCompletionSource<Socket>> _wanted = [];

    /// <summary>Prepares the way.</summary>
    /// <param name="processId">A process in the other namespace.</param>
    public EngineNetwork(int processId)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/ns/net");
        new Thread(() => CreateSockets(path)) { IsBackground = true, Name = "network of the engine" }.Start();
    }

    /// <summary>Opens a port, for as long as this process lives.</summary>
    public void Forward(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _ = AcceptAsync(listener, port);
    }

    private async Task AcceptAsync(TcpListener listener, int port)
    {
        while (true)
        {
            var near = await listener.AcceptSocketAsync();
            _ = ConnectAsync(near, port);
        }
    }

    private async Task ConnectAsync(Socket near, int port)
    {
        using (near)
        {
            try
            {
                var request = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
                _wanted.Add(request);
                using var far = await request.Task;
                await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
                near.NoDelay = far.NoDelay = true;
                await Task.WhenAll(PumpAsync(near, far), PumpAsync(far, near));
            }
            catch (SocketException)
            {
                near.Close(timeout: 0); // with a reset: who asks sees that the connection has failed
            }
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var length)
            {
                var sent = 0;
                while (sent < length)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, length - sent));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // What one side has broken off is broken off on the other.
            from.Close(timeout: 0);
            to.Close(timeout: 0);
        }
        catch (ObjectDisposedException)
        {
            // The other direction has done so.
        }
    }

    private void CreateSockets(string path)
    {
        using var file = File.OpenHandle(path);
        var moved = SetNamespace(file, NetworkNamespace) == 0;
        var error = Marshal.GetLastPInvokeError();
        foreach (var request in _wanted.GetConsumingEnumerable())
        {
            if (moved)
            {
                request.SetResult(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            }
            else
            {
                request.SetException(new Win32Exception(error));
            }
        }
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static extern int SetNamespace(Microsoft.Win32.SafeHandles.SafeFileHandle file, int kind);
}
