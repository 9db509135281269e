using Npgsql;

namespace Softy.Api.Stores;

/// <summary>
/// An operation on the database, from the wait for a connection to its end. A caller can abandon it before it has
/// started, and then it never starts. After that it runs to its end, because Npgsql cancels a command over another
/// connection to the server, and blocks a thread until the server, which may be the one that hangs, has answered.
/// </summary>
internal sealed class PostgresOperation<TState, TResult>(
    ConnectionGate gate,
    NpgsqlDataSource dataSource,
    Func<NpgsqlConnection, TState, CancellationToken, ValueTask<TResult>> operation,
    TState state
)
{
    private enum Stage
    {
        Waiting,
        Started,
        Abandoned,
        Ended,
    }

    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Stage _stage = Stage.Waiting;
    private bool _isOverdue;

    /// <summary>Completes when the operation has a connection and starts; fails when it gets none.</summary>
    public Task Started => _started.Task;

    /// <summary>
    /// Whether the operation has its turn at the gate, and so gets a connection or waits for a new one.
    /// </summary>
    public bool HasConnectionSlot { get; private set; }

    /// <summary>Runs the operation, unless it is abandoned before it starts.</summary>
    /// <param name="turn">The turn at the gate.</param>
    public async Task<TResult> RunAsync(Task turn)
    {
        await turn;
        try
        {
            HasConnectionSlot = true;
            if (_stage == Stage.Abandoned)
            {
                throw new OperationCanceledException();
            }

            await using var connection = await dataSource.OpenConnectionAsync(CancellationToken.None);
            if (!TryMove(Stage.Started))
            {
                throw new OperationCanceledException();
            }

            _started.SetResult();
            return await operation(connection, state, CancellationToken.None);
        }
        catch (Exception exception)
        {
            _started.TrySetException(exception);
            throw;
        }
        finally
        {
            bool wasOverdue;
            lock (_lock)
            {
                _stage = Stage.Ended;
                wasOverdue = _isOverdue;
            }

            gate.Leave(wasOverdue);
        }
    }

    /// <summary>Abandons the operation.</summary>
    /// <returns>Whether the operation had not started, and so never will.</returns>
    public bool TryAbandon() => TryMove(Stage.Abandoned);

    /// <summary>Counts the operation at the gate as timed out if it still runs.</summary>
    public void MarkOverdue()
    {
        lock (_lock)
        {
            if (_stage == Stage.Started)
            {
                _isOverdue = true;
                gate.MarkOverdue();
            }
        }
    }

    private bool TryMove(Stage stage)
    {
        lock (_lock)
        {
            if (_stage != Stage.Waiting)
            {
                return false;
            }

            _stage = stage;
            return true;
        }
    }
}
