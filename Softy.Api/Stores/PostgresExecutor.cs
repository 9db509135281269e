using Microsoft.Extensions.Options;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;

namespace Softy.Api.Stores;

/// <summary>
/// Runs operations on PostgreSQL with a timeout, a limit of connections and a circuit breaker, and tells failures apart
/// by whether a change may have been made. The server cancels a statement (<c>statement_timeout</c>) before the timeout
/// of this replica, so that a statement that takes too long has changed nothing.
/// </summary>
internal sealed class PostgresExecutor
{
    /// <summary>The limit until <see cref="ConnectionShareService"/> has counted the connections.</summary>
    private const int FirstLimit = 4;

    private readonly NpgsqlDataSource _dataSource;
    private readonly ResiliencePipeline _pipeline;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public PostgresExecutor(
        NpgsqlDataSource dataSource,
        IOptions<StoreOptions> options,
        TimeProvider time,
        ILogger<PostgresExecutor> logger
    )
    {
        _dataSource = dataSource;
        _pipeline = new StoreCircuitBreaker(StoreNames.Postgres, options.Value, logger).Build(
            time,
            StoreUnavailableException.IsStoreDown
        );
        _timeout = options.Value.PostgresTimeout;
        _time = time;
        Gate = new ConnectionGate(Math.Min(FirstLimit, options.Value.PostgresConnections));
    }

    /// <summary>Limits how many operations run at the same time.</summary>
    public ConnectionGate Gate { get; }

    /// <summary>Runs an operation that changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">It did not complete in time.</exception>
    public ValueTask<TResult> ReadAsync<TState, TResult>(
        Func<NpgsqlConnection, TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        CancellationToken cancellationToken
    ) => RunAsync(operation, state, isChange: false, cancellationToken);

    /// <summary>Runs an operation that changes something, in one transaction at most.</summary>
    /// <exception cref="StoreUnavailableException">It did not complete in time, or its outcome is unknown.</exception>
    public ValueTask<TResult> ChangeAsync<TState, TResult>(
        Func<NpgsqlConnection, TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        CancellationToken cancellationToken
    ) => RunAsync(operation, state, isChange: true, cancellationToken);

    private async ValueTask<TResult> RunAsync<TState, TResult>(
        Func<NpgsqlConnection, TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        bool isChange,
        CancellationToken cancellationToken
    )
    {
        try
        {
            // The client's token ends only the wait: the breaker has to see how the operation ends.
            var answer = _pipeline.ExecuteAsync(
                static async (call, _) => await call.store.CallAsync(call.operation, call.state, call.isChange),
                (store: this, operation, state, isChange),
                CancellationToken.None
            );
            return answer.IsCompletedSuccessfully ? answer.Result : await answer.AsTask().WaitAsync(cancellationToken);
        }
        catch (BrokenCircuitException exception)
        {
            throw new StoreUnavailableException(
                StoreNames.Postgres,
                StoreFailure.Down,
                "it failed a moment ago",
                exception
            );
        }
    }

    private async ValueTask<TResult> CallAsync<TState, TResult>(
        Func<NpgsqlConnection, TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        bool isChange
    )
    {
        if (!Gate.TryEnter(out var turn))
        {
            throw Busy();
        }

        var call = new PostgresOperation<TState, TResult>(Gate, _dataSource, operation, state);
        var running = call.RunAsync(turn);
        try
        {
            if (!call.Started.IsCompletedSuccessfully)
            {
                await call.Started.WaitAsync(_timeout, _time);
            }

            return running.IsCompletedSuccessfully ? running.Result : await running.WaitAsync(_timeout, _time);
        }
        catch (TimeoutException exception)
        {
            if (call.TryAbandon())
            {
                throw call.HasConnectionSlot || Gate.IsMostlyOverdue
                    ? Unavailable(StoreFailure.Down, "no connection could be made in time", exception)
                    : Busy();
            }

            call.MarkOverdue();
            throw Unavailable(
                isChange ? StoreFailure.OutcomeUnknown : StoreFailure.Down,
                "it has not answered in time",
                exception
            );
        }
        catch (Exception exception) when (PostgresFailure.Classify(exception) is { } failure)
        {
            var isUnknown =
                isChange && call.Started.IsCompletedSuccessfully && PostgresFailure.IsOutcomeUnknown(exception);
            throw Unavailable(isUnknown ? StoreFailure.OutcomeUnknown : failure, exception.Message, exception);
        }
    }

    private static StoreUnavailableException Unavailable(StoreFailure failure, string reason, Exception? exception) =>
        new(StoreNames.Postgres, failure, reason, exception);

    private static StoreUnavailableException Busy() =>
        Unavailable(StoreFailure.Busy, "this replica runs as many statements as it may", exception: null);
}
