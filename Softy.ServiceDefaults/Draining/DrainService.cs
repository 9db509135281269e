using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Softy.ServiceDefaults.Draining;

/// <summary>
/// Runs before the server stops. Readiness fails at once, but the service accepts requests until the drain delay is
/// over, because clients send requests until their next probe fails. The server then finishes the requests in flight.
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
        await state.BeginDrainingAsync();
        LogDraining(options.Value.Delay);

        try
        {
            await Task.Delay(options.Value.Delay, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The shutdown timeout of the host has elapsed. The rest of the shutdown still has to happen.
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
        "Draining: no longer ready. The service accepts requests for another {Delay}, then finishes those in flight."
    )]
    private partial void LogDraining(TimeSpan delay);
}
