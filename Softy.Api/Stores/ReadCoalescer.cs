namespace Softy.Api.Stores;

/// <summary>
/// Shares reads of the same key among concurrent callers. A caller never gets a value that was read before its call:
/// during a read, all new callers wait for the next one. Each key is read at most once at a time, so that the loss of a
/// cache does not cause a stampede.
/// </summary>
internal sealed class ReadCoalescer<TKey, TValue>
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>How many keys are being read.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Returns the value of a read that starts after this call.</summary>
    /// <param name="key">What is read.</param>
    /// <param name="read">
    /// Reads the value. It may not be called if another caller's is. It must end in bounded time.
    /// </param>
    /// <param name="cancellationToken">Ends the wait, not the read.</param>
    public Task<TValue> ReadAsync(TKey key, Func<Task<TValue>> read, CancellationToken cancellationToken)
    {
        Task<TValue> result;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                entry = new Entry { Running = new Read(read) };
                _entries.Add(key, entry);
                _ = RunAsync(key, entry);
                result = entry.Running.Result.Task;
            }
            else
            {
                entry.Next ??= new Read(read);
                result = entry.Next.Result.Task;
            }
        }

        return result.WaitAsync(cancellationToken);
    }

    private async Task RunAsync(TKey key, Entry entry)
    {
        // The first read must not run under the lock of the caller.
        await Task.Yield();
        while (true)
        {
            var running = entry.Running;
            try
            {
                running.Result.SetResult(await running.Start());
            }
            catch (Exception exception)
            {
                running.Result.SetException(exception);
                // Observes the exception, in case all callers have gone.
                _ = running.Result.Task.Exception;
            }

            lock (_lock)
            {
                if (entry.Next is null)
                {
                    _entries.Remove(key);
                    return;
                }

                (entry.Running, entry.Next) = (entry.Next, null);
            }
        }
    }

    private sealed class Entry
    {
        public required Read Running { get; set; }

        public Read? Next { get; set; }
    }

    private sealed class Read(Func<Task<TValue>> start)
    {
        public Func<Task<TValue>> Start { get; } = start;

        public TaskCompletionSource<TValue> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
