namespace Softy.ServiceDefaults.Draining;

/// <summary>
/// Whether this process is draining: it finishes the requests that it has and should get no new ones.
/// </summary>
public sealed class DrainState : IDisposable
{
    private readonly CancellationTokenSource _drainingBegins = new();
    private readonly CancellationTokenSource _listeningEnds = new();

    /// <summary>Whether the process was asked to stop.</summary>
    public bool IsDraining => _drainingBegins.IsCancellationRequested;

    /// <summary>Canceled when the process begins to drain.</summary>
    public CancellationToken DrainingBegins => _drainingBegins.Token;

    /// <summary>
    /// Canceled when the drain delay is over and the server is about to stop listening. Responses that never end by
    /// themselves, such as event streams, have to end then.
    /// </summary>
    public CancellationToken ListeningEnds => _listeningEnds.Token;

    /// <inheritdoc />
    public void Dispose()
    {
        _drainingBegins.Dispose();
        _listeningEnds.Dispose();
    }

    internal Task BeginDrainingAsync() => _drainingBegins.CancelAsync();

    internal Task EndListeningAsync() => _listeningEnds.CancelAsync();
}
