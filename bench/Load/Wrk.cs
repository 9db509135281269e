using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Softy.Bench.Contestants;
using Softy.Bench.Measuring;

namespace Softy.Bench.Load;

/// <summary>Measures the throughput and latency of a contestant with wrk.</summary>
internal static class Wrk
{
    // The last line of output is the CPU time of the shell's children.
    private const string TimedCommand = """wrk "$@" && times""";

    private static readonly string _script = Path.Combine(AppContext.BaseDirectory, "configurations", "report.lua");

    /// <summary>Measures a contestant, by default after a second of warm-up.</summary>
    /// <exception cref="InvalidOperationException">wrk has failed. The message has its output.</exception>
    public static async Task<Sample> MeasureAsync(
        Contestant contestant,
        Workload workload,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken,
        bool warmUp = true
    )
    {
        if (warmUp)
        {
            await RunAsync(contestant, workload, connections, TimeSpan.FromSeconds(1), cancellationToken);
        }

        var before = (Proxy: Usage.CpuSeconds(contestant.Proxy()), Replicas: Usage.CpuSeconds(contestant.Replicas()));
        var result = await RunAsync(contestant, workload, connections, duration, cancellationToken);
        var requests = Math.Max(1, result.Number("requests"));
        return new Sample(
            PerSecond: result.Number("requests") / (result.Number("microseconds") / 1_000_000d),
            P50: result.Number("p50") / 1000d,
            P99: result.Number("p99") / 1000d,
            P999: result.Number("p999") / 1000d,
            Errors: result.Number("connect")
                + result.Number("read")
                + result.Number("write")
                + result.Number("timeout")
                + result.Number("status"),
            ProxyCpu: (Usage.CpuSeconds(contestant.Proxy()) - before.Proxy) / requests * 10_000,
            ReplicaCpu: (Usage.CpuSeconds(contestant.Replicas()) - before.Replicas) / requests * 10_000,
            ClientCpu: result.CpuSeconds / requests * 10_000
        );
    }

    private static async Task<Result> RunAsync(
        Contestant contestant,
        Workload workload,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var threads = Math.Min(connections, Environment.ProcessorCount);
        List<string> arguments =
        [
            string.Create(CultureInfo.InvariantCulture, $"-t{threads}"),
            string.Create(CultureInfo.InvariantCulture, $"-c{connections}"),
            string.Create(CultureInfo.InvariantCulture, $"-d{duration.TotalSeconds:0}s"),
            "--timeout",
            "10s",
            "-s",
            _script,
            new Uri(contestant.Address, workload.Path).AbsoluteUri,
        ];
        using var paths = workload.Paths is { } list ? new PathFile(list) : null;
        if ((paths is null ? workload.Body : $"@{paths.Name}") is { } argument)
        {
            arguments.AddRange(["--", argument]);
        }

        using var wrk = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", TimedCommand, "sh", .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        using var ending = cancellationToken.UnsafeRegister(
            static process => ((Process)process!).Kill(entireProcessTree: true),
            wrk
        );
        var errors = wrk.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = await wrk.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await wrk.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        const string Mark = "result ";
        return
            wrk.ExitCode == 0
            && lines.FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal)) is { } result
            ? new Result(
                JsonSerializer.Deserialize<Dictionary<string, long>>(result.AsSpan(Mark.Length))!,
                lines[^1].Split(' ').Sum(Seconds)
            )
            : throw new InvalidOperationException(
                $"wrk has failed on {contestant.Name}, {workload.Name}. Its output: {await errors} {output}"
            );
    }

    /// <summary>Parses a time such as <c>1m2.34s</c>.</summary>
    private static double Seconds(string time)
    {
        var minutes = time.IndexOf('m', StringComparison.Ordinal);
        return (double.Parse(time.AsSpan(0, minutes), CultureInfo.InvariantCulture) * 60)
            + double.Parse(time.AsSpan(minutes + 1).TrimEnd('s'), CultureInfo.InvariantCulture);
    }

    private sealed class PathFile : IDisposable
    {
        public PathFile(IEnumerable<string> paths) => File.WriteAllLines(Name, paths);

        public string Name { get; } = Path.GetTempFileName();

        public void Dispose() => File.Delete(Name);
    }

    private sealed record Result(Dictionary<string, long> Numbers, double CpuSeconds)
    {
        public long Number(string name) => Numbers[name];
    }
}
