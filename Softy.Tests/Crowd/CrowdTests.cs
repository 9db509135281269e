using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Softy.Tests.Application;
using Softy.Tests.Gateway.Support;
using Softy.Tests.Reliability;

namespace Softy.Tests.Crowd;

/// <summary>
/// Good clients are served while thousands of others occupy connections. The tests measure and report how fast, but
/// require no speed, because the machine has other work.
/// </summary>
public sealed class CrowdTests(SharedApp softy) : SharedTest(softy)
{
    private const int GoodClients = 8;

    // The pause between two requests of one client. With it, the clients do not use the whole machine, and wait for the
    // gateway rather than for each other.
    private static readonly TimeSpan _thought = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    private static readonly int _crowd = Scale.Of(500, 5_000);

    // More would leave the gateway with idle connections to replicas, which it only closes after a minute.
    private static readonly int _atOnce = Scale.Of(64, 256);

    [Fact]
    public async Task Good_clients_are_served_whatever_the_others_do()
    {
        var report = new Report(
            "load",
            "what else happens",
            "connections",
            "good requests, all answered with 200",
            "p50",
            "p99"
        );
        var requests = Scale.Of(500, 20_000);
        await AskAsync(requests);
        var before = ProcessFigures.Of(App, "gateway");
        Row("nothing", 0, await AskAsync(requests));

        await using (var crowd = new HostileClients(Softy.GatewayAddress, _crowd))
        {
            await Eventually.Async(
                () => Task.FromResult(crowd.Connections >= _crowd),
                "the others have come",
                _patience
            );
            var latencies = await AskAsync(requests);
            Row(
                "slowloris, slow reads, silence, endless bodies, leaving amid the answer",
                crowd.Connections,
                latencies
            );
        }

        var idle = await ConnectAsync(_crowd);
        Row("idle connections", _crowd, await AskAsync(requests));
        idle.ForEach(client => client.Dispose());

        var storm = StormAsync(_crowd);
        Row("a storm of connections, one request each", _crowd, await AskAsync(requests));
        await storm;

        // The gateway releases closed connections.
        await Eventually.Async(
            () => Task.FromResult(ProcessFigures.Of(App, "gateway").Files < before.Files + 100),
            "the gateway has closed what others have left",
            _patience
        );
        var after = ProcessFigures.Of(App, "gateway");
        Row("nothing, again", 0, await AskAsync(requests));
        after.Memory.ShouldBeLessThan(before.Memory + 500);
        report.Note(
            $"The gateway before: {before}; after: {after}. {GoodClients} good clients ask 5 ms after each answer."
        );
        report.Write();

        void Row(string what, long connections, double[] latencies) =>
            report.Row(
                what,
                connections,
                latencies.Length,
                Report.Quantile(latencies, 0.5),
                Report.Quantile(latencies, 0.99)
            );
    }

    [Fact]
    public async Task An_endless_body_is_read_no_further_than_the_limit()
    {
        // The body is sent in chunks of 64 KiB, up to twice the 30 MB that the gateway accepts.
        using var client = new TcpClient();
        await client.ConnectAsync(Softy.GatewayAddress.Host, Softy.GatewayAddress.Port, Cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n"
            ),
            Cancellation
        );
        var piece = Encoding.ASCII.GetBytes($"10000\r\n{new string(' ', 0x10000)}\r\n");
        var taken = 0L;
        await Should.ThrowAsync<IOException>(async () =>
        {
            for (; taken < 60_000_000; taken += piece.Length)
            {
                await stream.WriteAsync(piece, Cancellation);
            }
        });
        taken.ShouldBeLessThan(60_000_000);
    }

    /// <summary>Opens connections, sends one request on each, and keeps them open.</summary>
    private async Task<List<TcpClient>> ConnectAsync(int count)
    {
        var clients = new ConcurrentBag<TcpClient>();
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Cancellation },
            async (_, cancellationToken) =>
            {
                var client = new TcpClient();
                clients.Add(client);
                await client.ConnectAsync(Softy.GatewayAddress.Host, Softy.GatewayAddress.Port, cancellationToken);
                var stream = client.GetStream();
                await stream.WriteAsync("GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), cancellationToken);
                (await stream.ReadAsync(new byte[4096], cancellationToken)).ShouldBeGreaterThan(0);
            }
        );
        return [.. clients];
    }

    /// <summary>Opens many connections at once; every request must be answered.</summary>
    private Task StormAsync(int count) =>
        Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = _atOnce, CancellationToken = Cancellation },
            async (_, _) =>
            {
                var answer = await RawClient.SendAsync(
                    Softy.GatewayAddress,
                    "GET /api/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                    _patience
                );
                RawClient.StatusCodes(answer).ShouldBe([200]);
            }
        );

    /// <summary>
    /// Measures a few good clients, all of whose requests must succeed. Each has its own thread, so that it waits only
    /// for the gateway, and not for the work that the thousands of others do in this process.
    /// </summary>
    /// <returns>The duration of each request in milliseconds, in ascending order.</returns>
    private async Task<double[]> AskAsync(int requests)
    {
        using var client = new HttpClient(
            new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = GoodClients }
        )
        {
            BaseAddress = Softy.GatewayAddress,
            Timeout = _patience,
        };
        var clients = Enumerable
            .Range(0, GoodClients)
            .Select(_ =>
                Task.Factory.StartNew(
                    () =>
                    {
                        var latencies = new double[requests / GoodClients];
                        for (var i = 0; i < latencies.Length; i++)
                        {
                            var started = Stopwatch.GetTimestamp();
                            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/hello");
                            using var response = client.Send(request, Cancellation);
                            response.StatusCode.ShouldBe(HttpStatusCode.OK);
                            latencies[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                            Thread.Sleep(_thought);
                        }

                        return latencies;
                    },
                    Cancellation,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            );
        return [.. (await Task.WhenAll(clients)).SelectMany(latencies => latencies).Order()];
    }
}
