using Npgsql;

namespace Softy.Api.Stores;

/// <summary>
/// One operation on the database, from the wait for a connection to its end. Whoever waits for it can give it up before it
/// has begun, and then it never begins; once it has begun it is left alone, because Npgsql cancels by asking the server
/// over another connection, and blocks a thread until the server, which may be the trouble, has answered that.
/// </summary>
internal sealed class PostgresCall<TState, TResult>(
    ConnectionGate gate,
    NpgsqlDataSource dataSource,
    Func<NpgsqlConnection, TState, CancellationToken, ValueTask<TResult>> operation,
    TState state
)
{
    private enum Stage
    {
        Waiting,
        Begun,
        GivenUp,
        Ended,
    }

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Stage _stage = Stage.Waiting;
    private bool _isOverdue;

    /// <summary>Completes when the operation begins, or fails when it cannot.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Whether there is a connection for it, or one is being made.</summary>
    public bool HasTurn { get; private set; }

    /// <summary>Runs the operation, unless it is given up before.</summary>
    /// <param name="turn">The turn at the gate.</param>
    public async Task<TResult> RunAsync(Task turn)
    {
        await turn;
        try
        {
            HasTurn = true;
            if (_stage == Stage.GivenUp)
            {
                throw new OperationCanceledException();
            }

            await using var connection = await dataSource.OpenConnectionAsync(CancellationToken.None);
            if (!TryMove(Stage.Begun))
            {
                throw new OperationCanceledException();
            }

            _begun.SetResult();
            return await operation(connection, state, CancellationToken.None);
        }
        catch (Exception exception)
        {
            _begun.TrySetException(exception);
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

    /// <summary>Gives the operation up.</summary>
    /// <returns>Whether that was in time: it has not begun, and will not.</returns>
    public bool TryGiveUp() => TryMove(Stage.GivenUp);

    /// <summary>Says that nobody waits for the operation any more, although it has begun.</summary>
    public void MarkOverdue()
    {
        lock (_lock)
        {
            if (_stage == Stage.Begun)
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
