using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Softy.ServiceDefaults.Telemetry;

/// <summary>
/// Sends what is left when everything else has stopped, and gives up soon where nobody answers at the OTLP endpoint.
/// Otherwise each of the three providers would wait for 5 seconds, one after the other, and the process would be killed
/// meanwhile.
/// </summary>
internal sealed class TelemetryShutdown(IServiceProvider services) : IHostedLifecycleService
{
    /// <summary>How long it waits, in milliseconds; a receiver that is well takes a tenth of it.</summary>
    private const int Patience = 750;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        return Task.WhenAll(
            Start(() => services.GetRequiredService<TracerProvider>().Shutdown(Patience)),
            Start(() => services.GetRequiredService<MeterProvider>().Shutdown(Patience)),
            Start(() => services.GetRequiredService<LoggerProvider>().Shutdown(Patience))
        );

        // Each call blocks its thread.
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
