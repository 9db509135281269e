using Microsoft.Extensions.Options;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;

namespace Softy.Api.Stores;

/// <summary>
/// The way to PostgreSQL: no request waits long for a server that does not answer.
/// </summary>
internal sealed class PostgresStore
{
    private readonly NpgsqlDataSource _dataSource;
    private readonly ResiliencePipeline _pipeline;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public PostgresStore(NpgsqlDataSource dataSource, IOptions<StoreOptions> options, TimeProvider time, ILogger<PostgresStore> logger)
    {
        _dataSource = dataSource;
        _pipeline = new StoreBreaker(Store.Postgres, options.Value, logger)
            .Build(time, exception => IsOutage(exception) && !HasNoRoom(exception));
        _timeout = options.Value.PostgresTimeout;
        _time = time;
    }

    /// <summary>
    /// Runs an operation on the data source. When it takes too long, or the caller goes away, it is not cancelled but left
    /// alone: Npgsql cancels by asking the server over another connection, and blocks a thread until the server, which may
    /// be the trouble, has answered that. The operation ends with the server's answer, or with the command's timeout.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The server is down, does not answer in time, or was so a moment ago.</exception>
    public async ValueTask<TResult> RunAsync<TState, TResult>(
        Func<NpgsqlDataSource, TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(
                static async (call, token) => await call.operation(call._dataSource, call.state, CancellationToken.None)
                    .AsTask()
                    .WaitAsync(call._timeout, call._time, token),
                (operation, _dataSource, state, _timeout, _time),
                cancellationToken);
        }
        catch (BrokenCircuitException exception)
        {
            throw new StoreUnavailableException(Store.Postgres, "it failed a moment ago", exception);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            throw new StoreUnavailableException(Store.Postgres, exception.Message, exception);
        }
    }

    /// <summary>Whether the server has no room for what was to be written: what need not write may well be answered.</summary>
    private static bool HasNoRoom(Exception? exception) => exception is PostgresException { SqlState: PostgresErrorCodes.DiskFull };

    /// <summary>Whether the server, rather than the statement, is the trouble.</summary>
    public static bool IsOutage(Exception? exception) => exception switch
    {
        TimeoutException => true,
        PostgresException { SqlState: var state } =>
            // Connection trouble, wrong credentials, no such database, out of resources, shutting down or starting up.
            state.StartsWith("08", StringComparison.Ordinal)
            || state.StartsWith("28", StringComparison.Ordinal)
            || state == PostgresErrorCodes.InvalidCatalogName
            || state.StartsWith("53", StringComparison.Ordinal)
            || state.StartsWith("57P", StringComparison.Ordinal)
            || state.StartsWith("58", StringComparison.Ordinal),
        NpgsqlException => true,
        _ => false,
    };
}
