using Microsoft.Extensions.Options;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;

namespace Softy.Api.Stores;

/// <summary>
/// The way to PostgreSQL: no request waits long for a server that does not answer, and each is told whether the server has
/// done what it was asked for. The server gives a statement up before this replica does (<c>statement_timeout</c>): a
/// statement that takes too long is known not to have changed anything.
/// </summary>
internal sealed class PostgresStore
{
    /// <summary>How many operations run at once before the server has said how many connections it accepts.</summary>
    private const int FirstLimit = 4;

    private readonly NpgsqlDataSource _dataSource;
    private readonly ResiliencePipeline _pipeline;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public PostgresStore(
        NpgsqlDataSource dataSource,
        IOptions<StoreOptions> options,
        TimeProvider time,
        ILogger<PostgresStore> logger
    )
    {
        _dataSource = dataSource;
        _pipeline = new StoreBreaker(Store.Postgres, options.Value, logger).Build(
            time,
            StoreUnavailableException.TellsDown
        );
        _timeout = options.Value.PostgresTimeout;
        _time = time;
        Gate = new ConnectionGate(Math.Min(FirstLimit, options.Value.PostgresConnections));
    }

    /// <summary>How many operations run at once: those that find no room here are not the server's trouble.</summary>
    public ConnectionGate Gate { get; }

    /// <summary>Runs an operation that changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">It could not be done in time.</exception>
    public ValueTask<TResult> ReadAsync<TState, TResult>(
        Func<NpgsqlConnection, TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        CancellationToken cancellationToken
    ) => RunAsync(operation, state, isChange: false, cancellationToken);

    /// <summary>Runs an operation that changes something, in one transaction at most.</summary>
    /// <exception cref="StoreUnavailableException">It could not be done in time, or nobody knows whether it was.</exception>
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
            // The breaker learns from how the operation ends, not from a client that has gone away meanwhile.
            var answer = _pipeline.ExecuteAsync(
                static async (call, _) => await call.store.CallAsync(call.operation, call.state, call.isChange),
                (store: this, operation, state, isChange),
                CancellationToken.None
            );
            return answer.IsCompletedSuccessfully ? answer.Result : await answer.AsTask().WaitAsync(cancellationToken);
        }
        catch (BrokenCircuitException exception)
        {
            throw new StoreUnavailableException(Store.Postgres, StoreTrouble.Down, "it failed a moment ago", exception);
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

        var call = new PostgresCall<TState, TResult>(Gate, _dataSource, operation, state);
        var running = call.RunAsync(turn);
        try
        {
            if (!call.Begun.IsCompletedSuccessfully)
            {
                await call.Begun.WaitAsync(_timeout, _time);
            }

            return running.IsCompletedSuccessfully ? running.Result : await running.WaitAsync(_timeout, _time);
        }
        catch (TimeoutException exception)
        {
            if (call.TryGiveUp())
            {
                throw call.HasTurn || Gate.IsHeldByServer
                    ? Unavailable(StoreTrouble.Down, "no connection could be made in time", exception)
                    : Busy();
            }

            call.MarkOverdue();
            throw Unavailable(
                isChange ? StoreTrouble.OutcomeUnknown : StoreTrouble.Down,
                "it has not answered in time",
                exception
            );
        }
        catch (Exception exception) when (PostgresFailure.Classify(exception) is { } trouble)
        {
            var isUnknown =
                isChange && call.Begun.IsCompletedSuccessfully && PostgresFailure.IsOutcomeUnknown(exception);
            throw Unavailable(isUnknown ? StoreTrouble.OutcomeUnknown : trouble, exception.Message, exception);
        }
    }

    private static StoreUnavailableException Unavailable(StoreTrouble trouble, string reason, Exception? exception) =>
        new(Store.Postgres, trouble, reason, exception);

    private static StoreUnavailableException Busy() =>
        Unavailable(StoreTrouble.Busy, "this replica has as many statements under way as it may", exception: null);
}
