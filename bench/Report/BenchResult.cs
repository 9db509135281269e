using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>All that was measured.</summary>
/// <param name="Options">How.</param>
/// <param name="Machine">Where, and with what.</param>
/// <param name="Workloads">Every workload with the series of each contestant, Softy's first.</param>
/// <param name="Connections">The headline workload with other numbers of connections.</param>
/// <param name="Replicas">The headline workload with other numbers of replicas.</param>
/// <param name="Memory">The memory of gateway, replicas and web, in bytes.</param>
/// <param name="StartSeconds">How long each start took.</param>
internal sealed record BenchResult(
    BenchOptions Options,
    IReadOnlyList<(string What, string Is)> Machine,
    IReadOnlyList<WorkloadResult> Workloads,
    IReadOnlyList<(int Connections, IReadOnlyList<Series> Series)> Connections,
    IReadOnlyList<(int Replicas, IReadOnlyList<Series> Series)> Replicas,
    MemoryResult Memory,
    IReadOnlyList<double> StartSeconds
);

/// <summary>What one workload gave.</summary>
/// <param name="Title">What was sent.</param>
/// <param name="Slug">Its name in files.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Series">The series of each contestant, Softy's first.</param>
internal sealed record WorkloadResult(string Title, string Slug, string Unit, IReadOnlyList<Series> Series);

/// <summary>The memory of gateway, replicas and web together.</summary>
/// <param name="Idle">After the start, before any load.</param>
/// <param name="AfterHello">After the headline workload.</param>
/// <param name="AfterAll">After all workloads.</param>
/// <param name="Peak">The sum of each process's largest so far, in bytes.</param>
internal sealed record MemoryResult(Memory Idle, Memory AfterHello, Memory AfterAll, long Peak);
