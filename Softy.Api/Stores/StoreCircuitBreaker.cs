using Polly;
using Polly.CircuitBreaker;

namespace Softy.Api.Stores;

/// <summary>
/// Opens the circuit to a store for a moment after failures, so that requests fail at once during an outage. Then the
/// circuit is half-open: one request tests the store before all others use it. The log has one line when the store goes
/// down, and one when it answers again.
/// </summary>
internal sealed partial class StoreCircuitBreaker(string store, StoreOptions options, ILogger logger)
{
    private bool _isDown;

    /// <summary>Builds the pipeline that operations on the store run in.</summary>
    /// <param name="time">Measures how long the circuit stays open.</param>
    /// <param name="isDown">Whether a failure means that the store is down.</param>
    public ResiliencePipeline Build(TimeProvider time, Func<Exception?, bool> isDown) =>
        new ResiliencePipelineBuilder { TimeProvider = new MonotonicTimeProvider(time) }
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
