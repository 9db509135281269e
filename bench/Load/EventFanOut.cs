using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Softy.Bench.Contestants;
using Softy.Bench.Measuring;

namespace Softy.Bench.Load;

/// <summary>Measures how fast messages reach many readers of the live feed.</summary>
internal static class EventFanOut
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    /// <summary>Posts messages one after the other, and waits until all readers have received them.</summary>
    public static async Task<Sample> MeasureAsync(
        Contestant contestant,
        int readers,
        int messages,
        CancellationToken cancellationToken
    )
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_timeout);
        using var client = new HttpClient(
            new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = readers + 8 }
        )
        {
            BaseAddress = contestant.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var run = new Run(messages, Guid.NewGuid().ToString("N"));
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token);
        var reading = new List<Task>();
        try
        {
            reading.AddRange(Enumerable.Range(0, readers).Select(_ => run.ReadAsync(client, leave.Token)));
            await run.WaitForReadersAsync(readers, timeout.Token);

            var cpu = (
                Proxy: Usage.CpuSeconds(contestant.Proxy()),
                Replicas: Usage.CpuSeconds(contestant.Replicas()),
                Client: Environment.CpuUsage.TotalTime
            );
            var started = Stopwatch.GetTimestamp();
            for (var number = 0; number < messages; number++)
            {
                await run.WriteAsync(client, number, timeout.Token);
            }

            var errors = 0L;
            try
            {
                await run.WaitForEventsAsync(readers * messages, timeout.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                errors = (readers * messages) - run.Latencies.Count; // events that never arrived
            }

            var elapsed = Stopwatch.GetElapsedTime(started);
            var latencies = run.Latencies.Order().ToList();
            var events = Math.Max(1, latencies.Count);
            return new Sample(
                events / elapsed.TotalSeconds,
                latencies.Count == 0 ? 0 : latencies[latencies.Count / 2],
                latencies.Count == 0 ? 0 : latencies[latencies.Count * 99 / 100],
                latencies.Count == 0 ? 0 : latencies[(int)(latencies.Count * 999L / 1000)],
                errors,
                (Usage.CpuSeconds(contestant.Proxy()) - cpu.Proxy) / events * 10_000,
                (Usage.CpuSeconds(contestant.Replicas()) - cpu.Replicas) / events * 10_000,
                (Environment.CpuUsage.TotalTime - cpu.Client).TotalSeconds / events * 10_000
            );
        }
        finally
        {
            await leave.CancelAsync();
            await Task.WhenAll(reading);
        }
    }

    private sealed class Run(int messages, string name)
    {
        private readonly long[] _writtenAt = new long[messages];
        private readonly List<double> _latencies = [];
        private int _readers;

        public IReadOnlyList<double> Latencies
        {
            get
            {
                lock (_latencies)
                {
                    return [.. _latencies];
                }
            }
        }

        public async Task ReadAsync(HttpClient client, CancellationToken cancellationToken)
        {
            try
            {
                using var response = await client.GetAsync(
                    "/api/live",
                    HttpCompletionOption.ResponseHeadersRead,
                    cancellationToken
                );
                response.EnsureSuccessStatusCode();
                await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                Interlocked.Increment(ref _readers);
                await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken))
                {
                    if (item.EventType == "message")
                    {
                        RecordLatency(item.Data);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The measurement is over.
            }
        }

        public async Task WriteAsync(HttpClient client, int number, CancellationToken cancellationToken)
        {
            Volatile.Write(ref _writtenAt[number], Stopwatch.GetTimestamp());
            using var response = await client.PostAsJsonAsync(
                "/api/messages",
                new { author = name, text = number.ToString(CultureInfo.InvariantCulture) },
                cancellationToken
            );
            response.EnsureSuccessStatusCode();
        }

        public Task WaitForReadersAsync(int count, CancellationToken cancellationToken) =>
            WaitAsync(() => Volatile.Read(ref _readers) >= count, cancellationToken);

        public Task WaitForEventsAsync(int count, CancellationToken cancellationToken) =>
            WaitAsync(
                () =>
                {
                    lock (_latencies)
                    {
                        return _latencies.Count >= count;
                    }
                },
                cancellationToken
            );

        private void RecordLatency(string data)
        {
            var message = JsonSerializer.Deserialize<JsonElement>(data);
            if (message.GetProperty("author").GetString() == name)
            {
                var number = int.Parse(message.GetProperty("text").GetString()!, CultureInfo.InvariantCulture);
                var latency = Stopwatch.GetElapsedTime(Volatile.Read(ref _writtenAt[number])).TotalMilliseconds;
                lock (_latencies)
                {
                    _latencies.Add(latency);
                }
            }
        }

        private static async Task WaitAsync(Func<bool> condition, CancellationToken cancellationToken)
        {
            while (!condition())
            {
                await Task.Delay(5, cancellationToken);
            }
        }
    }
}
