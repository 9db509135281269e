using System.Diagnostics;
using System.Globalization;
using System.Text;
using Softy.Tests.Gateway.Support;

namespace Softy.Tests.Application;

/// <summary>One service as a process of its own, as it was built, without an AppHost around it.</summary>
internal sealed class ServiceProcess : IGateway
{
    private const string Listening = "Now listening on: ";
    private const string Started = "Application started.";

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServiceProcess(IProjectMetadata project, (string Key, string Value)[] settings)
    {
        var start = Programs.Start(project);
        start.UseShellExecute = false;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var inherited in start.Environment.Keys.ToList())
        {
            if (inherited.StartsWith("OTEL_", StringComparison.Ordinal))
            {
                start.Environment.Remove(inherited);
            }
        }

        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _ = ReportEndAsync(project.GetType().Name);
    }

    public Uri Url { get; private set; } = null!;

    public IReadOnlyList<Uri> Addresses =>
        [
            .. Output
                .Split('\n')
                .Where(line => line.Contains(Listening, StringComparison.Ordinal))
                .Select(line => new Uri(
                    line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..]
                )),
        ];

    public HttpClient Client { get; private set; } = null!;

    /// <summary>What the process has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a service, and waits until it listens.</summary>
    public static Task<ServiceProcess> StartAsync<TProject>(params (string Key, string Value)[] settings)
        where TProject : IProjectMetadata, new() =>
        Disposal.UnlessReadyAsync(
            new ServiceProcess(new TProject(), settings),
            async service =>
            {
                service.Url = await service._url.Task.WaitAsync(_patience, Cancellation);
                Programs.Verify(service._process.Id);
                // What is sent is what the test says: no trace headers of the test's own.
                var handler = new SocketsHttpHandler { ActivityHeadersPropagator = null, UseProxy = false };
                service.Client = new HttpClient(handler) { BaseAddress = service.Url };
            }
        );

    /// <summary>Starts a gateway, and waits until it is ready; the first replica stands for the web site too.</summary>
    public static async Task<ServiceProcess> StartGatewayAsync(
        IReadOnlyList<Uri> api,
        params (string Key, string Value)[] settings
    )
    {
        var gateway = await StartAsync<Projects.Softy_Gateway>([
            GatewayTestExtensions.PatientProbes,
            .. api.Select((url, index) => ($"services:api:http:{index}", url.AbsoluteUri)),
            ("services:web:http:0", api[0].AbsoluteUri),
            .. settings,
        ]);
        return await Disposal.UnlessReadyAsync(gateway, GatewayTestExtensions.WaitUntilReadyAsync);
    }

    /// <summary>The most memory that the process has had at any time, in bytes.</summary>
    public long PeakMemory()
    {
        _process.Refresh();
        return _process.PeakWorkingSet64;
    }

    /// <summary>Sends SIGTERM, and waits until the process has ended by itself.</summary>
    /// <returns>The exit code, and how long it took.</returns>
    public async Task<(int ExitCode, TimeSpan Duration)> TerminateAsync()
    {
        var watch = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(Cancellation);
        }

        await WaitForExitAsync();
        return (_process.ExitCode, watch.Elapsed);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await WaitForExitAsync();
        }

        _process.Dispose();
    }

    // A start that fails says why. Not in the event Exited, whose handler would hold up whoever uses the process.
    private async Task ReportEndAsync(string name)
    {
        await _process.WaitForExitAsync(); // until all that it wrote has been read
        _url.TrySetException(
            new InvalidOperationException($"{name} has ended with exit code {_process.ExitCode}. {Output}")
        );
    }

    private async Task WaitForExitAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(_patience);
        }
        catch (TimeoutException exception)
        {
            _process.Kill();
            throw new TimeoutException($"The process has not ended within {_patience}. {Output}", exception);
        }
    }

    private void Read(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (line?.Contains(Started, StringComparison.Ordinal) == true)
        {
            // The gateway's own endpoints come first.
            _url.TrySetResult(Addresses[^1]);
        }
    }
}
