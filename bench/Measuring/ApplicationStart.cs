using System.Diagnostics;
using System.Globalization;
using Softy.Bench.Contestants;

namespace Softy.Bench.Measuring;

/// <summary>Measures the start of the application: from <c>dotnet run --no-build</c> to a healthy gateway.</summary>
internal static class ApplicationStart
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Starts and stops the application several times with the same data folder, which the first start creates.
    /// </summary>
    /// <returns>The seconds of each start except the first.</returns>
    public static async Task<IReadOnlyList<double>> MeasureAsync(int times, CancellationToken cancellationToken)
    {
        // A unique prefix for the volumes, which are removed at the end.
        var volumes = $"bench{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}";
        var seconds = new List<double>();
        try
        {
            for (var i = 0; i <= times; i++)
            {
                var elapsed = await StartOnceAsync(volumes, cancellationToken);
                if (i > 0)
                {
                    seconds.Add(elapsed.TotalSeconds);
                }
            }
        }
        finally
        {
            var folder = Path.Combine(RepositoryRoot, ".softy", "volumes");
            if (Directory.Exists(folder))
            {
                foreach (var volume in new DirectoryInfo(folder).EnumerateDirectories($"{volumes}*"))
                {
                    volume.Delete(recursive: true);
                }

                foreach (var file in new DirectoryInfo(folder).EnumerateFiles($"{volumes}*.lock"))
                {
                    file.Delete();
                }
            }
        }

        return seconds;
    }

    private static string RepositoryRoot => Path.GetFullPath(Path.Combine(Projects.Softy_AppHost.ProjectPath, ".."));

    private static async Task<TimeSpan> StartOnceAsync(string volumes, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_timeout);
        var port = FreePorts.Find(1)[0].ToString(CultureInfo.InvariantCulture);
        var started = Stopwatch.GetTimestamp();
        using var run = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [
                    "run",
                    "--project",
                    Projects.Softy_AppHost.ProjectPath,
                    "--configuration",
                    "Release",
                    "--no-build",
                    "--",
                    $"--Gateway:Port={port}",
                    $"--Volumes={volumes}",
                    "--Dashboard:Enabled=false",
                ]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var output = Task.WhenAll(
            run.StandardOutput.ReadToEndAsync(CancellationToken.None),
            run.StandardError.ReadToEndAsync(CancellationToken.None)
        );
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            while (!await IsHealthyAsync(client, $"http://127.0.0.1:{port}/health", timeout.Token))
            {
                if (run.HasExited)
                {
                    throw new InvalidOperationException(
                        $"The application does not start. Its output: {string.Join("", await output)}"
                    );
                }

                await Task.Delay(10, timeout.Token);
            }

            return Stopwatch.GetElapsedTime(started);
        }
        finally
        {
            // The AppHost is the child of `dotnet run`. It stops all resources when it gets SIGTERM.
            foreach (var child in ProcessTree.DescendantsOf(run.Id).Take(1))
            {
                using var kill = Process.Start("kill", ["-TERM", child.ToString(CultureInfo.InvariantCulture)]);
                await kill.WaitForExitAsync(CancellationToken.None);
            }

            await run.WaitForExitAsync(CancellationToken.None).WaitAsync(_timeout, CancellationToken.None);
            await output;
        }
    }

    private static async Task<bool> IsHealthyAsync(
        HttpClient client,
        string address,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var response = await client.GetAsync(address, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
