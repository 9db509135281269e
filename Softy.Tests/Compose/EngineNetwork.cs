using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Softy.Tests.Compose;

/// <summary>
/// A way into another network namespace: what connects to a port of this machine's loopback comes out at the same port
/// of the other one's. A socket belongs to the namespace of the thread that creates it, whichever thread uses it later.
/// </summary>
internal sealed class EngineNetwork
{
    private const int NetworkNamespace = 0x40000000;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly SafeFileHandle _namespace;

    /// <summary>Prepares the way.</summary>
    /// <param name="processId">A process in the other namespace.</param>
    public EngineNetwork(int processId) =>
        _namespace = File.OpenHandle(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/ns/net"));

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
                using var far = CreateSocket();
                await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
                near.NoDelay = far.NoDelay = true;
                await Task.WhenAll(PumpAsync(near, far), PumpAsync(far, near));
            }
            catch (Exception exception) when (exception is Win32Exception or TimeoutException)
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

    /// <summary>
    /// Creates a socket in the other namespace, on a thread that ends with it and does nothing else: a thread that it
    /// started, such as one for the thread pool, would be in the other namespace, too.
    /// </summary>
    private Socket CreateSocket()
    {
        Socket? socket = null;
        Win32Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                socket =
                    SetNamespace(_namespace, NetworkNamespace) == 0
                        ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
                        : throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
            catch (Win32Exception exception) // that of a socket is one, too
            {
                failure = exception;
            }
        })
        {
            IsBackground = true,
            Name = "network of the engine",
        };
        thread.Start();
        return thread.Join(_patience)
            ? socket ?? throw failure!
            : throw new TimeoutException($"There is no socket in the engine's network after {_patience}.");
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static extern int SetNamespace(SafeFileHandle file, int kind);
}
