using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>
/// Exports the remaining telemetry after everything else has stopped, with a short timeout. By default the three
/// providers wait up to 5 seconds each, one after the other, when the OTLP endpoint does not answer, and the
/// orchestrator would kill the process before that.
/// </summary>
internal sealed class TelemetryShutdown(IServiceProvider services) : IHostedLifecycleService
{
    /// <summary>How long each provider may take. A healthy collector needs a tenth of it.</summary>
    private const int TimeoutMilliseconds = 750;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        return Task.WhenAll(
            Start(() => services.GetRequiredService<TracerProvider>().Shutdown(TimeoutMilliseconds)),
            Start(() => services.GetRequiredService<MeterProvider>().Shutdown(TimeoutMilliseconds)),
            Start(() => services.GetRequiredService<LoggerProvider>().Shutdown(TimeoutMilliseconds))
        );

        // Shutdown blocks the calling thread.
        static Task Start(Func<bool> shutdown) =>
            Task.Factory.StartNew(
                shutdown,
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
