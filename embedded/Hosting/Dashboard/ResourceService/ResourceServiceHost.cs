using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Dashboard.ResourceService;

/// <summary>
/// Listens for the dashboard: gRPC on HTTP/2 without encryption, on loopback. A web server of its own, so that nothing
/// of the AppHost's configuration is taken for its.
/// </summary>
internal sealed class ResourceServiceHost(
    ResourceServiceMethods methods, DistributedApplicationModel model, IHostApplicationLifetime lifetime)
    : IHostedService, IAsyncDisposable
{
    private WebApplication? _server;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var dashboard = (IResourceWithEndpoints)model.Resources.Single(r => r.Name == DashboardResource.Name);
        var port = new EndpointReference(dashboard, DashboardResource.ResourceServiceEndpoint).Port;

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;

            // A dashboard that has vanished without closing its connection is given up.
            server.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(5);
            server.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
            server.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _server = builder.Build();
        _server.Run(context => methods.HandleAsync(context, lifetime.ApplicationStopping));
        return _server.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
