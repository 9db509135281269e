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
    private readonly IServiceProvider _services;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _neededTimeout;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connection = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RedisStore(IServiceProvider services, IOptions<StoreOptions> options, TimeProvider time, ILogger<RedisStore> logger)
    {
        _services = services;
        _timeout = options.Value.RedisTimeout;
        _neededTimeout = options.Value.NeededRedisTimeout;
        _time = time;
        _pipeline = new StoreBreaker(Store.Redis, options.Value, logger)
            .Build(time, exception => IsOutage(exception) && !HasNoRoom(exception));
    }

    /// <summary>Completes with the connection once it is made; it may be down all the same.</summary>
    public Task<IConnectionMultiplexer> Connection => _connection.Task;

    /// <summary>Whether there is a connection right now.</summary>
    public bool IsConnected => _connection.Task is { IsCompletedSuccessfully: true, Result.IsConnected: true };

    /// <summary>Runs one operation that the request can do without.</summary>
    /// <exception cref="StoreUnavailableException">The server is down, does not answer in time, or was so a moment ago.</exception>
    public ValueTask<TResult> RunAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation, TState state, CancellationToken cancellationToken) =>
        RunAsync(operation, state, _timeout, cancellationToken);

    /// <summary>Runs one operation without which the request fails.</summary>
    /// <exception cref="StoreUnavailableException">The server is down, does not answer in time, or was so a moment ago.</exception>
    public ValueTask<TResult> RunNeededAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation, TState state, CancellationToken cancellationToken) =>
        RunAsync(operation, state, _neededTimeout, cancellationToken);

    private async ValueTask<TResult> RunAsync<TState, TResult>(
        Func<IDatabase, TState, Task<TResult>> operation,
        TState state,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        if (!_connection.Task.IsCompletedSuccessfully)
        {
            throw new StoreUnavailableException(Store.Redis, "there was no connection yet");
        }

        try
        {
            return await _pipeline.ExecuteAsync(
                static async (call, token) =>
                    await call.operation(call.database, call.state).WaitAsync(call.timeout, call._time, token),
                (operation, database: _connection.Task.Result.GetDatabase(), state, timeout, _time),
                cancellationToken);
        }
        catch (BrokenCircuitException exception)
        {
            throw new StoreUnavailableException(Store.Redis, "it failed a moment ago", exception);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            throw new StoreUnavailableException(Store.Redis, exception.Message, exception);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The client connects when it is first asked for, and blocks meanwhile: this thread, not the service's start.
        _connection.SetResult(_services.GetRequiredService<IConnectionMultiplexer>());
        return Task.CompletedTask;
    }

    /// <summary>Whether the server cannot write its data down, and takes no changes until it can: it answers all else.</summary>
    private static bool HasNoRoom(Exception? exception) =>
        exception is RedisServerException && exception.Message.Contains("MISCONF", StringComparison.Ordinal);

    private static bool IsOutage(Exception? exception) => exception is RedisException or TimeoutException or ObjectDisposedException;
}
