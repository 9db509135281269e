using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Softy.Api.Stores;

/// <summary>
/// Runs operations on Redis with a timeout and a circuit breaker. The connection is made in the background when the
/// service starts, and reconnects by itself.
/// </summary>
internal sealed class RedisExecutor : BackgroundService
{
    private static readonly string[] _refusals = ["MISCONF", "OOM", "READONLY"];

    private readonly IServiceProvider _services;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _neededTimeout;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connection = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    public RedisExecutor(
        IServiceProvider services,
        IOptions<StoreOptions> options,
        TimeProvider time,
        ILogger<RedisExecutor> logger
    )
    {
        _services = services;
        _timeout = options.Value.RedisTimeout;
        _neededTimeout = options.Value.NeededRedisTimeout;
        _time = time;
        _pipeline = new StoreCircuitBreaker(StoreNames.Redis, options.Value, logger).Build(
            time,
            StoreUnavailableException.IsStoreDown
        );
    }

    /// <summary>Completes with the multiplexer, which may be disconnected.</summary>
    public Task<IConnectionMultiplexer> Connection => _connection.Task;

    /// <summary>Whether there is a connection right now.</summary>
    public bool IsConnected => _connection.Task is { IsCompletedSuccessfully: true, Result.IsConnected: true };

    /// <summary>Runs an operation whose result the request can do without.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The server is down, does not answer in time, or was so a moment ago.
    /// </exception>
    public ValueTask<TResult> RunAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation,
        TState state,
        CancellationToken cancellationToken
    ) => RunAsync(operation, state, _timeout, isChange: false, cancellationToken);

    /// <summary>Runs an operation that the request needs.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The server is down, does not answer in time, or was so a moment ago.
    /// </exception>
    public ValueTask<TResult> RunNeededAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation,
        TState state,
        CancellationToken cancellationToken
    ) => RunAsync(operation, state, _neededTimeout, isChange: false, cancellationToken);

    /// <summary>Runs an operation that changes something and that the request needs.</summary>
    /// <exception cref="StoreUnavailableException">It did not complete in time, or its outcome is unknown.</exception>
    public ValueTask<TResult> ChangeAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation,
        TState state,
        CancellationToken cancellationToken
    ) => RunAsync(operation, state, _neededTimeout, isChange: true, cancellationToken);

    private async ValueTask<TResult> RunAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation,
        TState state,
        TimeSpan timeout,
        bool isChange,
        CancellationToken cancellationToken
    )
    {
        if (!_connection.Task.IsCompletedSuccessfully)
        {
            throw new StoreUnavailableException(StoreNames.Redis, StoreFailure.Down, "there was no connection yet");
        }

        try
        {
            // The client's token ends only the wait: the breaker has to see how the operation ends.
            var answer = _pipeline.ExecuteAsync(
                static async (call, _) =>
                    await call.store.CallAsync(call.operation, call.state, call.timeout, call.isChange),
                (store: this, operation, state, timeout, isChange),
                CancellationToken.None
            );
            return answer.IsCompletedSuccessfully ? answer.Result : await answer.AsTask().WaitAsync(cancellationToken);
        }
        catch (BrokenCircuitException exception)
        {
            throw new StoreUnavailableException(
                StoreNames.Redis,
                StoreFailure.Down,
                "it failed a moment ago",
                exception
            );
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Resolving the multiplexer connects and blocks the thread, which must not be the one that starts the host.
        _connection.SetResult(_services.GetRequiredService<IConnectionMultiplexer>());
        return Task.CompletedTask;
    }

    private async ValueTask<TResult> CallAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation,
        TState state,
        TimeSpan timeout,
        bool isChange
    )
    {
        try
        {
            return await operation(_connection.Task.Result.GetDatabase(), state).WaitAsync(timeout, _time);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            var failure =
                IsRefusal(exception) ? StoreFailure.Refused
                : isChange && MayHaveBeenSent(exception) ? StoreFailure.OutcomeUnknown
                : StoreFailure.Down;
            throw new StoreUnavailableException(StoreNames.Redis, failure, exception.Message, exception);
        }
    }

    /// <summary>
    /// Whether the server refuses changes, because it is full or a replica, and answers everything else.
    /// </summary>
    private static bool IsRefusal(Exception exception) =>
        exception is RedisServerException
        && _refusals.Any(refusal => exception.Message.Contains(refusal, StringComparison.Ordinal));

    /// <summary>Whether the server may have received the command.</summary>
    private static bool MayHaveBeenSent(Exception exception) =>
        exception switch
        {
            RedisServerException => false,
            RedisConnectionException connection => connection.CommandStatus
                is CommandStatus.Sent
                    or CommandStatus.Unknown,
            _ => exception is TimeoutException,
        };
}
