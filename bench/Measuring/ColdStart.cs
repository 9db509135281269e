using System.Diagnostics;
using System.Globalization;
using Softy.Bench.Contestants;
using Softy.Bench.Load;

namespace Softy.Bench.Measuring;

/// <summary>What a gateway and its replicas do in the first seconds after they were started together.</summary>
/// <param name="Build">The name of the build.</param>
/// <param name="Cores">The number of cores that they may use.</param>
/// <param name="FirstAnswer">Seconds from the start of the processes to the first response of a replica.</param>
/// <param name="Requests">The requests that were answered in the first 1, 3 and 10 seconds after that.</param>
/// <param name="Warm">The requests that were answered in the 10 seconds that followed.</param>
internal sealed record ColdStartSample(
    string Build,
    int Cores,
    double FirstAnswer,
    IReadOnlyList<double> Requests,
    double Warm
);

/// <summary>
/// Starts a gateway and three replicas at the same time, beside stores that run already, and loads them at once.
/// </summary>
internal static class ColdStart
{
    private const int Replicas = 3;
    private const int Connections = 64;
    private const int WarmSeconds = 10;

    private static readonly CultureInfo _format = CultureInfo.InvariantCulture;

    // The first 1, 3 and 10 seconds.
    private static readonly int[] _steps = [1, 2, 7];

    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(60);
    private static readonly Workload _hello = new("Hello", "hello", "/api/hello");

    /// <summary>Measures one start.</summary>
    /// <param name="softy">The application whose stores are used. Its own services should be idle.</param>
    /// <param name="build">The programs to start.</param>
    /// <param name="cores">The number of cores that the gateway and the replicas may use.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public static async Task<ColdStartSample> MeasureAsync(
        SoftyApplication softy,
        Build build,
        int cores,
        CancellationToken cancellationToken
    )
    {
        // One for the gateway, and two for each replica.
        var ports = FreePorts.Find(1 + (2 * Replicas));
        var stores = await softy.GetStoresAsync(cancellationToken);
        var starting = new List<Task<ProxyProcess>>();
        var started = Stopwatch.GetTimestamp();
        try
        {
            for (var i = 0; i < Replicas; i++)
            {
                starting.Add(
                    StartAsync(
                        new Projects.Softy_Api().ProjectPath,
                        HttpOf(i),
                        [
                            ("Instance__Name", $"api-{(i + 1).ToString(_format)}"),
                            ("Http2__Port", Http2Of(i).ToString(_format)),
                            .. stores,
                        ]
                    )
                );
            }

            var port = ports[0];
            starting.Add(
                StartAsync(
                    new Projects.Softy_Gateway().ProjectPath,
                    port,
                    [
                        .. Enumerable
                            .Range(0, Replicas)
                            .Select(i => (string.Create(_format, $"services__api__http__{i}"), At(HttpOf(i)))),
                        ("services__web__http__0", At(HttpOf(0))),
                    ]
                )
            );
            await WaitForAnswerAsync(new Uri(At(port) + _hello.Path), cancellationToken);
            var firstAnswer = Stopwatch.GetElapsedTime(started).TotalSeconds;

            var gateway = new Contestant(build.Name, new Uri(At(port)), () => [], () => []);
            var requests = new List<double>();
            foreach (var seconds in _steps)
            {
                requests.Add(requests.LastOrDefault() + await CountAsync(gateway, seconds, cancellationToken));
            }

            var warm = await CountAsync(gateway, WarmSeconds, cancellationToken);
            foreach (var process in starting)
            {
                build.Verify((await process).ProcessIds[0]);
            }

            return new ColdStartSample(build.Name, cores, firstAnswer, requests, warm);
        }
        finally
        {
            foreach (var process in starting)
            {
                (await process).Dispose();
            }
        }

        int HttpOf(int replica) => ports[1 + replica];

        int Http2Of(int replica) => ports[1 + Replicas + replica];

        Task<ProxyProcess> StartAsync(string project, int port, (string, string)[] environment)
        {
            var (program, folder) = build.Find(project);
            return ProxyProcess.StartAsync(
                "taskset",
                ["-c", $"0-{(cores - 1).ToString(_format)}", program],
                port,
                cancellationToken,
                [
                    ("ASPNETCORE_URLS", At(port)),
                    ("ASPNETCORE_CONTENTROOT", folder), // which has the settings
                    ("Logging__LogLevel__Default", "Warning"),
                    .. environment,
                ]
            );
        }
    }

    private static string At(int port) => string.Create(_format, $"http://127.0.0.1:{port}");

    private static async Task<double> CountAsync(Contestant gateway, int seconds, CancellationToken cancellationToken)
    {
        var sample = await Wrk.MeasureAsync(
            gateway,
            _hello,
            Connections,
            TimeSpan.FromSeconds(seconds),
            cancellationToken,
            warmUp: false
        );
        return sample.Errors > 0
            ? throw new InvalidOperationException($"{sample.Errors} requests failed after a cold start.")
            : sample.PerSecond * seconds;
    }

    private static async Task WaitForAnswerAsync(Uri address, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_startTimeout);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        while (true)
        {
            try
            {
                using var response = await client.GetAsync(address, timeout.Token);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(5, timeout.Token);
        }
    }
}
