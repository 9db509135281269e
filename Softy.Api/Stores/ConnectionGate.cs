namespace Softy.Api.Stores;

/// <summary>
/// Limits how many operations run at the same time, in the order in which they arrive. Unlike the limit of a semaphore,
/// this one can change while operations run, because this replica's share of the server's connections changes.
/// </summary>
internal sealed class ConnectionGate(int limit)
{
    /// <summary>An operation behind so many others would not get its turn before its timeout.</summary>
    private const int MaxWaiting = 1024;

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _limit = limit;
    private int _used;
    private int _overdue;

    /// <summary>How many operations may run at the same time.</summary>
    public int Limit
    {
        get => _limit;
        set
        {
            lock (_lock)
            {
                _limit = value;
                Admit();
            }
        }
    }

    /// <summary>
    /// Whether at least half of the running operations have timed out, which means that the server does not answer.
    /// </summary>
    public bool IsMostlyOverdue
    {
        get
        {
            lock (_lock)
            {
                return _overdue * 2 >= _limit;
            }
        }
    }

    /// <summary>Requests a turn.</summary>
    /// <param name="turn">Completes when the operation may run.</param>
    /// <returns>Whether the operation was queued or may run; false when the queue is full.</returns>
    public bool TryEnter(out Task turn)
    {
        lock (_lock)
        {
            if (_used < _limit)
            {
                _used++;
                turn = Task.CompletedTask;
                return true;
            }

            var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            turn = waiting.Task;
            if (_waiting.Count == MaxWaiting)
            {
                return false;
            }

            _waiting.Enqueue(waiting);
            return true;
        }
    }

    /// <summary>Counts a running operation as timed out.</summary>
    public void MarkOverdue()
    {
        lock (_lock)
        {
            _overdue++;
        }
    }

    /// <summary>Returns a turn.</summary>
    public void Leave(bool wasOverdue)
    {
        lock (_lock)
        {
            _used--;
            _overdue -= wasOverdue ? 1 : 0;
            Admit();
        }
    }

    private void Admit()
    {
        while (_used < _limit && _waiting.TryDequeue(out var turn))
        {
            _used++;
            turn.SetResult();
        }
    }
}
