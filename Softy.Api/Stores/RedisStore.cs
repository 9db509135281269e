using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Softy.Api.Stores;

/// <summary>
/// The way to Redis: no request waits long for a server that does not answer. The connection is made at start, in the
/// background, and comes back by itself.
/// </summary>
internal sealed class RedisStore : BackgroundService
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

    public RedisStore(
        IServiceProvider services,
        IOptions<StoreOptions> options,
        TimeProvider time,
        ILogger<RedisStore> logger
    )
    {
        _services = services;
        _timeout = options.Value.RedisTimeout;
        _neededTimeout = options.Value.NeededRedisTimeout;
        _time = time;
        _pipeline = new StoreBreaker(Store.Redis, options.Value, logger).Build(
            time,
            StoreUnavailableException.TellsDown
        );
    }

    /// <summary>Completes with the connection once it is made; it may be down all the same.</summary>
    public Task<IConnectionMultiplexer> Connection => _connection.Task;

    /// <summary>Whether there is a connection right now.</summary>
    public bool IsConnected => _connection.Task is { IsCompletedSuccessfully: true, Result.IsConnected: true };

    /// <summary>Runs one operation that the request can do without.</summary>
    /// <exception cref="StoreUnavailableException">The server is down, does not answer in time, or was so a moment ago.</exception>
    public ValueTask<TResult> RunAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation,
        TState state,
        CancellationToken cancellationToken
    ) => RunAsync(operation, state, _timeout, isChange: false, cancellationToken);

    /// <summary>Runs one operation without which the request fails.</summary>
    /// <exception cref="StoreUnavailableException">The server is down, does not answer in time, or was so a moment ago.</exception>
    public ValueTask<TResult> RunNeededAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation,
        TState state,
        CancellationToken cancellationToken
    ) => RunAsync(operation, state, _neededTimeout, isChange: false, cancellationToken);

    /// <summary>Runs one operation that changes something, and without which the request fails.</summary>
    /// <exception cref="StoreUnavailableException">It could not be done in time, or nobody knows whether it was.</exception>
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
            throw new StoreUnavailableException(Store.Redis, StoreTrouble.Down, "there was no connection yet");
        }

        try
        {
            // The breaker learns from how the operation ends, not from a client that has gone away meanwhile.
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
            throw new StoreUnavailableException(Store.Redis, StoreTrouble.Down, "it failed a moment ago", exception);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The client connects when it is first asked for, and blocks meanwhile: this thread, not the service's start.
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
            var trouble =
                IsRefusal(exception) ? StoreTrouble.Refused
                : isChange && MayBeDone(exception) ? StoreTrouble.OutcomeUnknown
                : StoreTrouble.Down;
            throw new StoreUnavailableException(Store.Redis, trouble, exception.Message, exception);
        }
    }

    /// <summary>Whether the server takes no changes right now, for lack of room or because another is the master: it answers all else.</summary>
    private static bool IsRefusal(Exception exception) =>
        exception is RedisServerException
        && _refusals.Any(refusal => exception.Message.Contains(refusal, StringComparison.Ordinal));

    /// <summary>Whether the server may have got the command: it was sent, or nobody knows.</summary>
    private static bool MayBeDone(Exception exception) =>
        exception switch
        {
            RedisServerException => false,
            RedisConnectionException connection => connection.CommandStatus
                is CommandStatus.Sent
                    or CommandStatus.Unknown,
            _ => exception is TimeoutException,
        };
}
