using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Says once that the application runs without its dashboard, and why.</summary>
internal sealed partial class DashboardAbsence(string reason, ILogger<DistributedApplication> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Log(logger, reason);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(2, LogLevel.Warning, "Going on without the Aspire dashboard. {Reason}")]
    public static partial void Log(ILogger logger, string reason);
}
