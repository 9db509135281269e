namespace Softy.Api.Stores;

/// <summary>
/// Lets many readers of one thing share reads, without anybody getting an answer that is older than the question: who
/// comes while a read is under way waits for the next one, together with all who came meanwhile. A thing is read at most
/// once at a time, so that a cache that is lost is not made up for by a stampede.
/// </summary>
internal sealed class ReadCoalescer<TKey, TValue>
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>How many things are being read.</summary>
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

    /// <summary>Waits for a read that has begun after this call.</summary>
    /// <param name="key">What is read.</param>
    /// <param name="read">Reads it. Called, unless another caller's is; it must end in bounded time.</param>
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
        // The first read runs outside the lock too.
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
                // Observed here too, in case everybody who waited has gone.
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
