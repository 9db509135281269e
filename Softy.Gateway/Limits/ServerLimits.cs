using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Limits;

/// <summary>
/// Applies the limits that Kestrel enforces. Kestrel reads most of them for each request, so that changes take effect
/// while it runs.
/// </summary>
internal sealed class ServerLimits(LiveOptions<LimitOptions> options, IOptions<KestrelServerOptions> server)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Hosted services start before the server does.
        Apply(options.Current, server.Value.Limits);
        options.Changed += Update;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        options.Changed -= Update;
        return Task.CompletedTask;
    }

    private void Update(object? sender, EventArgs e) => Apply(options.Current, server.Value.Limits);

    private static void Apply(LimitOptions options, KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = options.MaxRequestBodySize == 0 ? null : options.MaxRequestBodySize;
        limits.MaxRequestHeadersTotalSize = options.MaxRequestHeadersSize;
        limits.RequestHeadersTimeout = options.RequestHeadersTimeout;
        limits.MinRequestBodyDataRate =
            options.MinRequestBodyRate == 0
                ? null
                : new MinDataRate(options.MinRequestBodyRate, options.RequestBodyGracePeriod);
    }
}
