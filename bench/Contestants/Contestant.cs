namespace Softy.Bench.Contestants;

/// <summary>Something that answers requests, and what it costs.</summary>
/// <param name="Name">How the report calls it.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Proxy">The processes between the client and the replicas.</param>
/// <param name="Replicas">The processes that answer.</param>
internal sealed record Contestant(
    string Name,
    Uri Address,
    Func<IEnumerable<int>> Proxy,
    Func<IEnumerable<int>> Replicas
);
