using System.Diagnostics;
using System.Globalization;
using Softy.Bench.Contestants;

namespace Softy.Bench.Measuring;

/// <summary>How long a user waits for the application: from <c>dotnet run</c> of what is built to a healthy gateway.</summary>
internal static class ApplicationStart
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);

    /// <summary>Starts and stops the application several times over one data folder, which the first start makes.</summary>
    /// <returns>The seconds of each start but the first.</returns>
    public static async Task<IReadOnlyList<double>> MeasureAsync(int times, CancellationToken cancellationToken)
    {
        // A prefix of volumes that nobody else has; they are removed at the end.
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
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_longest);
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
            while (!await IsHealthyAsync(client, $"http://127.0.0.1:{port}/health", patience.Token))
            {
                if (run.HasExited)
                {
                    throw new InvalidOperationException(
                        $"The application does not start. It said: {string.Join("", await output)}"
                    );
                }

                await Task.Delay(10, patience.Token);
            }

            return Stopwatch.GetElapsedTime(started);
        }
        finally
        {
            // The AppHost is what `dotnet run` has started; told to stop, it stops all of its own.
            foreach (var child in ProcessTree.ChildrenOf(run.Id).Take(1))
            {
                using var kill = Process.Start("kill", ["-TERM", child.ToString(CultureInfo.InvariantCulture)]);
                await kill.WaitForExitAsync(CancellationToken.None);
            }

            await run.WaitForExitAsync(CancellationToken.None).WaitAsync(_longest, CancellationToken.None);
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
