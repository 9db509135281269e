using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Softy.Tests.Gateway.Support;

/// <summary>A replica at the level of bytes: accepts connections, and closes them at the end of the test.</summary>
internal abstract class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private Task _accepting = Task.CompletedTask;

    protected RawServer()
    {
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
    }

    public Uri Url { get; }

    /// <summary>Accepts no more connections, and keeps the existing ones.</summary>
    public void StopListening() => _listener.Stop();

    public virtual async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await _accepting;
        _stopping.Dispose();
    }

    /// <summary>Begins to accept connections, when the derived class is complete.</summary>
    protected void Start() => _accepting = AcceptAsync();

    /// <summary>Reads requests from a connection, and answers them, until either side closes it.</summary>
    protected abstract Task ServeAsync(TcpClient client, CancellationToken stopping);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                _clients.Add(client);
                _ = ServeUntilClosedAsync(client);
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task ServeUntilClosedAsync(TcpClient client)
    {
        try
        {
            await ServeAsync(client, _stopping.Token);
        }
        catch (Exception exception)
            when (exception is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The gateway or the test has closed the connection.
        }
        finally
        {
            client.Dispose();
        }
    }
}
