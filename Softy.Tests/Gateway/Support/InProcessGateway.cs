using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Softy.Gateway;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults;

namespace Softy.Tests.Gateway.Support;

/// <summary>
/// The whole gateway, with real sockets, in the test process: for tests that start many gateways, or that replace
/// services of one.
/// </summary>
internal sealed class InProcessGateway : IGateway
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _contentRoot;
    private Task? _stopping;

    private InProcessGateway(WebApplication app, DirectoryInfo contentRoot)
    {
        _app = app;
        _contentRoot = contentRoot;
        Addresses =
        [
            .. app
                .Services.GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.Select(address => new Uri(address)),
        ];
        Url = Addresses[^1];
        Client = new HttpClient { BaseAddress = Url };
    }

    public Uri Url { get; }

    public HttpClient Client { get; }

    /// <summary>The addresses of the gateway; the last one is <see cref="Url"/>.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a gateway for one server, which is both its only replica and the web site.</summary>
    public static Task<InProcessGateway> StartAsync(Uri server, params (string Key, string Value)[] settings) =>
        StartAsync([server], settings);

    /// <summary>Starts a gateway for replicas, the first of which is also the web site.</summary>
    public static Task<InProcessGateway> StartAsync(
        IReadOnlyCollection<Backend> api,
        params (string Key, string Value)[] settings
    ) => StartAsync([.. api.Select(backend => backend.Url)], settings);

    /// <summary>Starts a gateway for replicas, the first of which is also the web site.</summary>
    public static Task<InProcessGateway> StartAsync(
        IReadOnlyList<Uri> api,
        params (string Key, string Value)[] settings
    ) => StartAsync(api, settings, configure: null);

    /// <summary>Starts a gateway for replicas, the first of which is also the web site.</summary>
    public static Task<InProcessGateway> StartAsync(
        IReadOnlyList<Uri> api,
        (string Key, string Value)[] settings,
        Action<IServiceCollection>? configure
    ) => StartAsync([.. api.Select(url => url.AbsoluteUri)], api[0].AbsoluteUri, settings, configure);

    public static async Task<InProcessGateway> StartAsync(
        string[] api,
        string web,
        (string Key, string Value)[] settings,
        Action<IServiceCollection>? configure = null,
        bool waitUntilReady = true
    )
    {
        var contentRoot = Directory.CreateTempSubdirectory("softy-gateway-");
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = contentRoot.FullName }
        );
        builder.Logging.ClearProviders();
        builder.Configuration[GatewayTestExtensions.PatientProbes.Key] = GatewayTestExtensions.PatientProbes.Value;
        builder.Configuration.AddInMemoryCollection([
            new("urls", "http://127.0.0.1:0"),
            new("Draining:Delay", "00:00:00"),
            .. api.Select((url, index) => KeyValuePair.Create<string, string?>($"services:api:http:{index}", url)),
            new("services:web:http:0", web),
        ]);
        builder.Configuration.AddInMemoryCollection([
            .. settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)),
        ]);
        builder.AddServiceDefaults();
        builder.AddGateway();
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        app.ValidateGatewayOptions();
        app.MapDefaultEndpoints();
        app.MapGateway();
        await app.StartAsync(Cancellation);

        var gateway = new InProcessGateway(app, contentRoot);
        return waitUntilReady
            ? await Disposal.UnlessReadyAsync(gateway, GatewayTestExtensions.WaitUntilReadyAsync)
            : gateway;
    }

    /// <summary>Changes settings while the gateway runs.</summary>
    public void Change(params (string Key, string? Value)[] settings)
    {
        var configuration = (IConfigurationRoot)_app.Services.GetRequiredService<IConfiguration>();
        foreach (var (key, value) in settings)
        {
            configuration[key] = value;
        }

        configuration.Reload();
    }

    /// <summary>Whether the gateway has asked all streams to end: the host stops after that.</summary>
    public bool IsStopping => _app.Lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Drains and stops, as on SIGTERM.</summary>
    public Task StopAsync() => _stopping ??= _app.StopAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        await Disposal.BoundedAsync("the gateway", _app.DisposeAsync);
        _contentRoot.Delete(recursive: true);
    }
}
