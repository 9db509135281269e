using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Limits;

/// <summary>
/// The limits that the server enforces before a request reaches the gateway's code. Kestrel reads most of them for each
/// request, so that a change takes effect while running.
/// </summary>
internal sealed class ServerLimits(LiveSettings<LimitSettings> settings, IOptions<KestrelServerOptions> server)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Hosted services start before the server does.
        Apply(settings.Current, server.Value.Limits);
        settings.Changed += Update;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        settings.Changed -= Update;
        return Task.CompletedTask;
    }

    private void Update(object? sender, EventArgs e) => Apply(settings.Current, server.Value.Limits);

    private static void Apply(LimitSettings settings, KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = settings.MaxRequestBodySize == 0 ? null : settings.MaxRequestBodySize;
        limits.MaxRequestHeadersTotalSize = settings.MaxRequestHeadersSize;
        limits.RequestHeadersTimeout = settings.RequestHeadersTimeout;
        limits.MinRequestBodyDataRate =
            settings.MinRequestBodyRate == 0
                ? null
                : new MinDataRate(settings.MinRequestBodyRate, settings.RequestBodyGracePeriod);
    }
}
