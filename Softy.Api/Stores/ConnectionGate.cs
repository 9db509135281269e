namespace Softy.Api.Stores;

/// <summary>
/// Lets only so many through at once, in the order in which they came. Its limit can change while it is in use, as the
/// share that this replica has of the server's connections does.
/// </summary>
internal sealed class ConnectionGate(int limit)
{
    /// <summary>Whoever comes when so many wait already would be turned away for lack of time anyway.</summary>
    private const int MaxWaiting = 1024;

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _limit = limit;
    private int _used;
    private int _overdue;

    /// <summary>How many may be through at once.</summary>
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

    /// <summary>Whether those who are through are mostly ones that nobody waits for any more: the server does not answer them.</summary>
    public bool IsHeldByServer
    {
        get
        {
            lock (_lock)
            {
                return _overdue * 2 >= _limit;
            }
        }
    }

    /// <summary>Asks for a turn.</summary>
    /// <param name="turn">Completes when it is there.</param>
    /// <returns>Whether there is a point in waiting for it.</returns>
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

    /// <summary>Says that nobody waits any more for one that is through.</summary>
    public void MarkOverdue()
    {
        lock (_lock)
        {
            _overdue++;
        }
    }

    /// <summary>Gives a turn back.</summary>
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
