namespace Softy.Api.Stores;

/// <summary>
/// Keeps a background task going whatever a store does to one of its steps: waits longer after each failure, and says once
/// that the task fails, and once that it works again.
/// </summary>
/// <param name="task">What is done, for the log.</param>
/// <param name="longestDelay">How long it waits at most after a failure.</param>
/// <param name="time">Measures the waits.</param>
/// <param name="logger">Where it says so.</param>
internal sealed partial class Persistence(string task, TimeSpan longestDelay, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan _firstDelay = TimeSpan.FromMilliseconds(250);

    private TimeSpan _delay = _firstDelay;
    private string? _reason;

    /// <summary>Does one step; after a failure, waits.</summary>
    /// <returns>Whether the step was done.</returns>
    public async Task<bool> TryAsync(Func<CancellationToken, Task> step, CancellationToken stoppingToken)
    {
        try
        {
            await step(stoppingToken);
            Succeeded();
            return true;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            Failed(exception);
            await Task.Delay(_delay * (0.75 + (Random.Shared.NextDouble() / 2)), time, stoppingToken);
            _delay = _delay * 2 < longestDelay ? _delay * 2 : longestDelay;
            return false;
        }
    }

    private void Succeeded()
    {
        if (_reason is not null)
        {
            LogRecovered(task);
        }

        (_delay, _reason) = (_firstDelay, null);
    }

    private void Failed(Exception exception)
    {
        if (_reason is null)
        {
            LogFailed(task, exception.Message);
        }

        _reason = exception.Message;
    }

    [LoggerMessage(1, LogLevel.Warning, "{Task} fails, and is tried again: {Reason}")]
    private partial void LogFailed(string task, string reason);

    [LoggerMessage(2, LogLevel.Information, "{Task} works again.")]
    private partial void LogRecovered(string task);
}
