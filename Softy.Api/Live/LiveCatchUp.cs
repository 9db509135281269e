namespace Softy.Api.Live;

/// <summary>
/// Reads the log for readers that are far behind, a few at a time. When a replica dies, all its readers connect to
/// other replicas at once, and their queries must not overload the database.
/// </summary>
internal sealed class LiveCatchUp(LiveLog log) : IDisposable
{
    private const int Concurrency = 4;
    private const int BatchSize = 100;

    private readonly SemaphoreSlim _turn = new(Concurrency);

    /// <summary>Whether the log still has all events after a position.</summary>
    public async ValueTask<bool> CanReadFromAsync(LiveCursor position, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await log.HasAllEventsAfterAsync(position, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reads events after a position.</summary>
    public async ValueTask<LiveBatch> ReadAsync(LiveCursor after, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await log.ReadAsync(after, BatchSize, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
