namespace Softy.Api.Stores;

/// <summary>
/// Runs the steps of a background task and continues after a step fails. The delay grows with each failure. The log has
/// one line when the task begins to fail, and one when it works again.
/// </summary>
/// <param name="task">The name of the task in the log.</param>
/// <param name="longestDelay">The longest delay after a failure.</param>
/// <param name="time">The clock of the delays.</param>
/// <param name="logger">The log.</param>
internal sealed partial class BackgroundRetry(string task, TimeSpan longestDelay, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan _firstDelay = TimeSpan.FromMilliseconds(250);

    private TimeSpan _delay = _firstDelay;
    private string? _reason;

    /// <summary>Runs one step, and waits if it fails.</summary>
    /// <returns>Whether the step succeeded.</returns>
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
