using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Softy.Tests.Application;
using Softy.Tests.Gateway;
using Softy.Tests.Gateway.Support;
using Softy.Tests.Reliability;

namespace Softy.Tests.Hostile;

/// <summary>
/// Floods of HTTP/2 frames over TLS: the gateway ends them, and serves others. The test measures and reports how fast,
/// but requires no speed, because the clients share the machine with the gateway.
/// </summary>
[Collection(GatewayCollection.Name)]
public sealed class FloodTests
{
    private const int Attackers = 8;
    private const int GoodClients = 8;
    private const string Host = "a.example";

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task Floods_fail_no_request_of_others_and_do_not_fill_the_memory()
    {
        using var certificates = new CertificateFolder();
        certificates.WritePem("server", [Host]);
        await using var backends = await Backend.StartSeveralAsync(3);
        await using var gateway = await ServiceProcess.StartGatewayAsync(
            [.. backends.Select(backend => backend.Url)],
            OwnAddress.WithTls(certificates.Path("server.pem"), certificates.Path("server.key"))
        );
        using var client = certificates.CreateClient(gateway.TlsUrl(), Host);
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var report = new Report(
            "floods",
            "what else happens",
            "connections, all ended by the gateway",
            "good requests, all answered with 200",
            "p50",
            "p99"
        );
        var connections = Scale.Of(16, 400);
        var statuses = new ConcurrentBag<int>();

        // The first requests are slower, because the gateway's code is not compiled yet.
        await AskAsync(client, Task.Delay(TimeSpan.FromSeconds(Scale.Of(1, 5)), Cancellation));
        Row("nothing", 0, await AskAsync(client, Task.Delay(TimeSpan.FromSeconds(Scale.Of(1, 5)), Cancellation)));
        var before = gateway.PeakMemory();
        foreach (var (what, bytes) in Http2Floods.All)
        {
            Row(what, connections, await AskAsync(client, FloodAsync(gateway.TlsUrl(), bytes, connections, statuses)));
        }

        var grown = (gateway.PeakMemory() - before) / 1024 / 1024;
        Row("nothing, again", 0, await AskAsync(client, Task.Delay(TimeSpan.FromSeconds(1), Cancellation)));
        statuses.ShouldAllBe(status => status < 500);
        grown.ShouldBeLessThan(300);
        report.Note(
            $"{Attackers} attackers connect again as soon as they are refused; {GoodClients} good clients share one "
                + $"connection and ask 5 ms after each answer. The peak memory of the gateway grew by {grown} MiB."
        );
        report.Write();

        void Row(string what, int floods, double[] latencies) =>
            report.Row(
                what,
                floods,
                latencies.Length,
                Report.Quantile(latencies, 0.5),
                Report.Quantile(latencies, 0.99)
            );
    }

    /// <summary>Repeats an attack on several connections at once. Each must be ended by the gateway.</summary>
    private static Task FloodAsync(Uri gateway, byte[] bytes, int connections, ConcurrentBag<int> statuses) =>
        Parallel.ForAsync(
            0,
            connections,
            new ParallelOptions { MaxDegreeOfParallelism = Attackers, CancellationToken = Cancellation },
            async (_, _) =>
            {
                foreach (var status in await Http2Connection.SendUntilRefusedAsync(gateway, bytes))
                {
                    statuses.Add(status);
                }
            }
        );

    /// <summary>Sends requests from several clients until something else has ended. All must succeed.</summary>
    /// <returns>The duration of each request in milliseconds, in ascending order.</returns>
    private static async Task<double[]> AskAsync(HttpClient client, Task until)
    {
        var latencies = await Task.WhenAll(Enumerable.Range(0, GoodClients).Select(_ => Task.Run(AskAsync)));
        await until;
        return [.. latencies.SelectMany(some => some).Order()];

        async Task<List<double>> AskAsync()
        {
            var own = new List<double>();
            while (own.Count == 0 || !until.IsCompleted)
            {
                var started = Stopwatch.GetTimestamp();
                (await client.GetStringAsync("/api/hello", Cancellation)).ShouldBe("Hello, World!");
                own.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                await Task.Delay(_pause, Cancellation);
            }

            return own;
        }
    }
}
