using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>The results of a run.</summary>
/// <param name="Options">The options of the run.</param>
/// <param name="Machine">The machine and the versions of the programs.</param>
/// <param name="Workloads">Every workload with the series of each contestant, Softy's first.</param>
/// <param name="FixedRate">The main workload at half of the rate that tuned nginx reaches.</param>
/// <param name="ColdStarts">The first seconds of new processes.</param>
/// <param name="Connections">The main workload with other numbers of connections.</param>
/// <param name="Replicas">The main workload with other numbers of replicas.</param>
/// <param name="Memory">The memory of gateway, replicas and web, of each build.</param>
/// <param name="StartSeconds">How long each start took.</param>
internal sealed record BenchResult(
    BenchOptions Options,
    IReadOnlyList<(string What, string Is)> Machine,
    IReadOnlyList<WorkloadResult> Workloads,
    WorkloadResult FixedRate,
    IReadOnlyList<ColdStartSample> ColdStarts,
    IReadOnlyList<(int Connections, IReadOnlyList<Series> Series)> Connections,
    IReadOnlyList<(int Replicas, IReadOnlyList<Series> Series)> Replicas,
    IReadOnlyList<MemoryResult> Memory,
    IReadOnlyList<double> StartSeconds
);

/// <summary>The result of one workload.</summary>
/// <param name="Title">The title in the report.</param>
/// <param name="Slug">The name in file names.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Series">The series of each contestant, Softy's first.</param>
internal sealed record WorkloadResult(string Title, string Slug, string Unit, IReadOnlyList<Series> Series);

/// <summary>The memory of gateway, replicas and web together.</summary>
/// <param name="Build">The name of the build.</param>
/// <param name="Idle">After the start, before any load.</param>
internal sealed record MemoryResult(string Build, Memory Idle)
{
    /// <summary>After the main workload.</summary>
    public Memory AfterHello { get; init; } = Idle;

    /// <summary>After all workloads.</summary>
    public Memory AfterAll { get; init; } = Idle;

    /// <summary>The sum of the processes' peaks, in bytes.</summary>
    public long Peak { get; init; }

    /// <summary>How many cores the idle processes use after all workloads.</summary>
    public double IdleCores { get; init; }
}
