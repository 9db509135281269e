namespace Softy.ServiceDefaults.Draining;

/// <summary>Whether this process is leaving: it finishes what it has and wants no new requests.</summary>
public sealed class DrainState : IDisposable
{
    private readonly CancellationTokenSource _listeningEnds = new();
    private volatile bool _isDraining;

    /// <summary>True from the request to stop until the process ends.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>
    /// Signalled when the drain's delay is over and the server is about to stop listening: the moment to end what
    /// would never end by itself, such as event streams.
    /// </summary>
    public CancellationToken ListeningEnds => _listeningEnds.Token;

    /// <inheritdoc />
    public void Dispose() => _listeningEnds.Dispose();

    internal void Begin() => _isDraining = true;

    internal Task EndListeningAsync() => _listeningEnds.CancelAsync();
}
