namespace Softy.Bench.Contestants;

/// <summary>A server to measure, and the processes whose CPU time is counted.</summary>
/// <param name="Name">The name in the report.</param>
/// <param name="Address">The address it listens on.</param>
/// <param name="Proxy">The processes between the client and the replicas.</param>
/// <param name="Replicas">The processes that answer.</param>
internal sealed record Contestant(
    string Name,
    Uri Address,
    Func<IEnumerable<int>> Proxy,
    Func<IEnumerable<int>> Replicas
);
