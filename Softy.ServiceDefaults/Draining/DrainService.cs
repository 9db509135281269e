using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Softy.ServiceDefaults.Draining;

/// <summary>
/// Runs before the server stops: readiness fails at once, requests are still taken for the drain's delay, so that no
/// one is turned away between the last good probe and the closed door. The server itself then finishes what is in flight.
/// </summary>
internal sealed partial class DrainService(
    DrainState state,
    IOptions<DrainOptions> options,
    TimeProvider time,
    ILogger<DrainService> logger
) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Begin();
        LogDraining(options.Value.Delay);

        try
        {
            await Task.Delay(options.Value.Delay, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The host has run out of patience; the rest of the shutdown still has to happen.
        }

        await state.EndListeningAsync();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        1,
        LogLevel.Information,
        "Draining: not ready any more, listening for another {Delay}, then finishing what is in flight."
    )]
    private partial void LogDraining(TimeSpan delay);
}
