using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace Softy.Tests.Api;

/// <summary>Sends a few requests at a time until it is stopped, and records their results.</summary>
public sealed class StoreLoad : IAsyncDisposable
{
    private const int Clients = 4;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Func<int, CancellationToken, Task<HttpResponseMessage>> _send;
    private readonly Task _running;
    private int _sent;
    private long _slowest;

    public StoreLoad(Func<int, CancellationToken, Task<HttpResponseMessage>> send)
    {
        _send = send;
        _running = Task.WhenAll(Enumerable.Range(0, Clients).Select(RunAsync));
    }

    /// <summary>Requests without a successful response.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>The duration of the slowest request.</summary>
    public TimeSpan Slowest => TimeSpan.FromTicks(Interlocked.Read(ref _slowest));

    /// <summary>Waits until a number of further requests were answered.</summary>
    public async Task HasSentAsync(int more, CancellationToken cancellationToken)
    {
        var goal = Volatile.Read(ref _sent) + more;
        while (Volatile.Read(ref _sent) < goal)
        {
            await Task.Delay(10, cancellationToken);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(int client)
    {
        for (var n = client; !_stop.IsCancellationRequested; n += Clients)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                // The request is not cancelled when the load stops, because every request must be answered.
                using var response = await _send(n, CancellationToken.None);
                if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Created))
                {
                    var body = await response.Content.ReadAsStringAsync(CancellationToken.None);
                    _failures.Enqueue($"request {n}: {(int)response.StatusCode} {body}");
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                _failures.Enqueue($"request {n}: {e.Message}");
            }

            var took = Stopwatch.GetElapsedTime(started).Ticks;
            for (var slowest = Interlocked.Read(ref _slowest); took > slowest; slowest = Interlocked.Read(ref _slowest))
            {
                Interlocked.CompareExchange(ref _slowest, took, slowest);
            }

            Interlocked.Increment(ref _sent);
        }
    }
}
