using System.Net.Sockets;
using System.Text;

namespace Softy.Tests.Crowd;

/// <summary>How a client occupies a connection.</summary>
internal enum Occupation
{
    /// <summary>Sends its headers byte by byte.</summary>
    Slowloris,

    /// <summary>Requests a page, and reads it very slowly.</summary>
    SlowRead,

    /// <summary>Connects, and sends nothing.</summary>
    Silent,

    /// <summary>Sends a body that never ends, in small pieces.</summary>
    EndlessBody,

    /// <summary>Sends requests, and disconnects in the middle of each response.</summary>
    Leaving,
}

/// <summary>Many hostile clients, which reconnect when the gateway disconnects them.</summary>
internal sealed class HostileClients : IAsyncDisposable
{
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(1);

    // The clients occupy connections, but do not keep the processors busy: the storm does that.
    private static readonly TimeSpan _absence = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _gateway;
    private readonly Task _clients;
    private long _connections;

    public HostileClients(Uri gateway, int count)
    {
        _gateway = gateway;
        var kinds = Enum.GetValues<Occupation>();
        _clients = Task.WhenAll(
            Enumerable.Range(0, count).Select(n => OccupyAsync(kinds[n % kinds.Length], _absence * n / count))
        );
    }

    /// <summary>The number of connections so far.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _clients;
        _stop.Dispose();
    }

    /// <param name="occupation">How it occupies its connections.</param>
    /// <param name="delay">How long it waits first: thousands of independent clients do not all start at once.</param>
    private async Task OccupyAsync(Occupation occupation, TimeSpan delay)
    {
        await Task.Delay(delay, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = new TcpClient { ReceiveBufferSize = 4096 };
                await client.ConnectAsync(_gateway.Host, _gateway.Port, _stop.Token);
                Interlocked.Increment(ref _connections);
                await OccupyAsync(occupation, client.GetStream());
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // The gateway closed the connection.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(_absence, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task OccupyAsync(Occupation occupation, NetworkStream stream)
    {
        var one = new byte[1];
        switch (occupation)
        {
            case Occupation.Slowloris:
                await SendAsync("GET /api/hello HTTP/1.1\r\nHost: x\r\nX-Slow: ");
                while (true)
                {
                    await Task.Delay(_pace, _stop.Token);
                    await SendAsync("a");
                }

            case Occupation.SlowRead:
                await SendAsync(string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 5)));
                while (await stream.ReadAsync(one, _stop.Token) > 0)
                {
                    await Task.Delay(_pace, _stop.Token);
                }

                break;
            case Occupation.Silent:
                await stream.ReadExactlyAsync(one, _stop.Token);
                break;
            case Occupation.EndlessBody:
                await SendAsync(
                    "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                );
                while (true)
                {
                    await SendAsync("12c\r\n" + new string(' ', 300) + "\r\n");
                    await Task.Delay(_pace, _stop.Token);
                }

            case Occupation.Leaving:
                await SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                await stream.ReadExactlyAsync(one, _stop.Token);
                break;
        }

        async Task SendAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text), _stop.Token);
    }
}
