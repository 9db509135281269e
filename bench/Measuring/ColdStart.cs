using System.Diagnostics;
using System.Globalization;
using Softy.Bench.Contestants;
using Softy.Bench.Load;

namespace Softy.Bench.Measuring;

/// <summary>What a gateway and its replicas do in the first seconds after they were started together.</summary>
/// <param name="Cores">The number of cores that they may use.</param>
/// <param name="FirstAnswer">Seconds from the start of the processes to the first response of a replica.</param>
/// <param name="Requests">The requests that were answered in the first 1, 3 and 10 seconds after that.</param>
/// <param name="Warm">The requests that were answered in the 10 seconds that followed.</param>
internal sealed record ColdStartSample(int Cores, double FirstAnswer, IReadOnlyList<double> Requests, double Warm);

/// <summary>
/// Starts a gateway and three replicas at the same time, beside stores that run already, and loads them at once.
/// </summary>
internal static class ColdStart
{
    private const int Replicas = 3;
    private const int Connections = 64;
    private const int WarmSeconds = 10;

    // The first 1, 3 and 10 seconds.
    private static readonly int[] _steps = [1, 2, 7];

    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(60);
    private static readonly Workload _hello = new("Hello", "hello", "/api/hello");

    /// <summary>Measures one start.</summary>
    /// <param name="softy">The application whose stores are used. Its own services should be idle.</param>
    /// <param name="cores">The number of cores that the gateway and the replicas may use.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public static async Task<ColdStartSample> MeasureAsync(
        SoftyApplication softy,
        int cores,
        CancellationToken cancellationToken
    )
    {
        var ports = FreePorts.Find(Replicas + 1);
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
                        ports[i],
                        [("Instance__Name", $"api-{(i + 1).ToString(CultureInfo.InvariantCulture)}"), .. stores]
                    )
                );
            }

            var port = ports[Replicas];
            starting.Add(
                StartAsync(
                    new Projects.Softy_Gateway().ProjectPath,
                    port,
                    [
                        .. Enumerable
                            .Range(0, Replicas)
                            .Select(i =>
                                (string.Create(CultureInfo.InvariantCulture, $"services__api__http__{i}"), At(ports[i]))
                            ),
                        ("services__web__http__0", At(ports[0])),
                    ]
                )
            );
            await WaitForAnswerAsync(new Uri(At(port) + _hello.Path), cancellationToken);
            var firstAnswer = Stopwatch.GetElapsedTime(started).TotalSeconds;

            var gateway = new Contestant("Softy", new Uri(At(port)), () => [], () => []);
            var requests = new List<double>();
            foreach (var seconds in _steps)
            {
                requests.Add(requests.LastOrDefault() + await CountAsync(gateway, seconds, cancellationToken));
            }

            return new ColdStartSample(
                cores,
                firstAnswer,
                requests,
                await CountAsync(gateway, WarmSeconds, cancellationToken)
            );
        }
        finally
        {
            foreach (var process in starting)
            {
                (await process).Dispose();
            }
        }

        Task<ProxyProcess> StartAsync(string project, int port, (string, string)[] environment) =>
            ProxyProcess.StartAsync(
                "taskset",
                ["-c", $"0-{(cores - 1).ToString(CultureInfo.InvariantCulture)}", ProgramOf(project)],
                port,
                cancellationToken,
                [("ASPNETCORE_URLS", At(port)), ("Logging__LogLevel__Default", "Warning"), .. environment]
            );
    }

    private static string At(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    /// <summary>The program of a project that was built together with the benchmark.</summary>
    private static string ProgramOf(string project)
    {
        var build = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(
            Path.GetDirectoryName(project)!,
            "bin",
            build.Parent!.Name,
            build.Name,
            Path.GetFileNameWithoutExtension(project)
        );
    }

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
