using System.Net;
using System.Net.Sockets;

namespace Softy.Tests.Web;

/// <summary>The network between a browser and the gateway. It forwards bytes until the test cuts it.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Uri _target;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<TcpClient> _connections = [];
    private readonly Lock _lock = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private bool _isCut;

    public Relay(Uri target)
    {
        _target = target;
        _listener.Start();
        Address = new Uri($"http://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Closes every connection, and each new one immediately.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            foreach (var connection in _connections)
            {
                connection.Close();
            }

            _connections.Clear();
        }
    }

    public void Mend()
    {
        lock (_lock)
        {
            _isCut = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Cut();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var passing = new List<Task>();
        try
        {
            while (true)
            {
                passing.Add(PassAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }

        await Task.WhenAll(passing);
    }

    private async Task PassAsync(TcpClient browser)
    {
        using var gateway = new TcpClient();
        try
        {
            await gateway.ConnectAsync(_target.Host, _target.Port, _stopping.Token);
            if (Keep(browser, gateway))
            {
                var (near, far) = (browser.GetStream(), gateway.GetStream());
                await Task.WhenAny(near.CopyToAsync(far, _stopping.Token), far.CopyToAsync(near, _stopping.Token));
            }
        }
        catch (Exception exception)
            when (exception
                    is IOException
                        or SocketException
                        or OperationCanceledException
                        or ObjectDisposedException
                        or InvalidOperationException
            )
        {
            // The network was cut, or one side closed the connection.
        }
        finally
        {
            browser.Dispose();
            lock (_lock)
            {
                _connections.Remove(browser);
                _connections.Remove(gateway);
            }
        }
    }

    private bool Keep(params ReadOnlySpan<TcpClient> connections)
    {
        lock (_lock)
        {
            if (_isCut)
            {
                return false;
            }

            foreach (var connection in connections)
            {
                _connections.Add(connection);
            }

            return true;
        }
    }
}
