using System.Diagnostics;
using Softy.Tests.Application;

namespace Softy.Tests.Gateway.Support;

/// <summary>The gateway as a process of its own, started through the app model.</summary>
internal sealed class GatewayProcess : IGateway
{
    private readonly DistributedApplication _app;

    private GatewayProcess(DistributedApplication app)
    {
        _app = app;
        Url = app.GetEndpoint("gateway", "http");
        Client = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromMinutes(5) };
    }

    public Uri Url { get; }

    public HttpClient Client { get; }

    public static Task<GatewayProcess> StartAsync(IReadOnlyCollection<Backend> api, params (string Key, string Value)[] settings) =>
        StartAsync([.. api.Select(backend => backend.Url)], api.First().Url, settings);

    public static async Task<GatewayProcess> StartAsync(IReadOnlyCollection<Uri> api, Uri web, params (string Key, string Value)[] settings)
    {
        var builder = await SmallApplication.CreateBuilderAsync([]);
        var gateway = builder.AddProject<Projects.Softy_Gateway>("gateway", project => project.ExcludeLaunchProfile = true)
            .WithHttpEndpoint()
            .WithEnvironment("services__web__http__0", web.AbsoluteUri);
        foreach (var (index, url) in api.Index())
        {
            gateway.WithEnvironment($"services__api__http__{index}", url.AbsoluteUri);
        }

        foreach (var (key, value) in settings.Prepend(GatewayTestExtensions.PatientProbes))
        {
            gateway.WithEnvironment(key.Replace(":", "__", StringComparison.Ordinal), value);
        }

        var app = await builder.BuildAsync(TestContext.Current.CancellationToken);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var process = new GatewayProcess(app);
        await process.WaitUntilReadyAsync();
        return process;
    }

    /// <summary>The most memory that the process has had at any time, in bytes.</summary>
    public long PeakMemory()
    {
        using var process = Process.GetProcessById(_app.ProcessId("gateway"));
        return process.PeakWorkingSet64;
    }

    /// <summary>Asks the process to stop, and waits until it has.</summary>
    /// <returns>The exit code; not 0 when the process did not end by itself, and was killed.</returns>
    public async Task<int?> StopAsync()
    {
        await _app.ResourceCommands.ExecuteCommandAsync("gateway", "stop", TestContext.Current.CancellationToken);
        _app.ResourceNotifications.TryGetCurrentState("gateway", out var state).ShouldBeTrue();
        return state!.Snapshot.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
