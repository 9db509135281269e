using Polly;
using Polly.CircuitBreaker;

namespace Softy.Api.Stores;

/// <summary>
/// Closes the way to a store for a moment after failures, so that an outage costs a request nothing, and a store that
/// comes back is asked by one request before it is asked by all. Says once that a store is down, and once that it is back.
/// </summary>
internal sealed partial class StoreBreaker(string store, StoreOptions options, ILogger logger)
{
    private bool _isDown;

    /// <summary>Makes the way on which the breaker is.</summary>
    /// <param name="time">Measures how long the way stays closed, whatever clock is set meanwhile.</param>
    /// <param name="isDown">Whether a failure tells that the store is down.</param>
    public ResiliencePipeline Build(TimeProvider time, Func<Exception?, bool> isDown) =>
        new ResiliencePipelineBuilder { TimeProvider = new SteadyTime(time) }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    FailureRatio = 0.5,
                    MinimumThroughput = 2,
                    SamplingDuration = TimeSpan.FromSeconds(1),
                    BreakDuration = options.BreakDuration,
                    ShouldHandle = arguments => ValueTask.FromResult(isDown(arguments.Outcome.Exception)),
                    OnOpened = arguments =>
                    {
                        if (!_isDown)
                        {
                            _isDown = true;
                            LogDown(store, arguments.Outcome.Exception?.Message);
                        }

                        return ValueTask.CompletedTask;
                    },
                    OnClosed = _ =>
                    {
                        _isDown = false;
                        LogUp(store);
                        return ValueTask.CompletedTask;
                    },
                }
            )
            .Build();

    [LoggerMessage(1, LogLevel.Warning, "{Store} does not answer: {Reason}")]
    private partial void LogDown(string store, string? reason);

    [LoggerMessage(2, LogLevel.Information, "{Store} answers again.")]
    private partial void LogUp(string store);
}
