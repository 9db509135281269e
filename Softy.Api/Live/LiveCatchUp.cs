namespace Softy.Api.Live;

/// <summary>
/// Lets readers that are far behind read the log, a few at a time: a replica that dies sends its readers here all at once,
/// and the database has others to serve.
/// </summary>
internal sealed class LiveCatchUp(LiveLog log) : IDisposable
{
    private const int Concurrency = 4;
    private const int BatchSize = 100;

    private readonly SemaphoreSlim _turn = new(Concurrency);

    /// <summary>Whether the log goes back to a place.</summary>
    public async ValueTask<bool> IsPossibleAsync(LiveCursor place, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await log.IsCompleteAfterAsync(place, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reads what happened after a place.</summary>
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
