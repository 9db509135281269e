namespace Softy.Bench.Measuring;

/// <summary>The memory of a group of processes, in bytes.</summary>
/// <param name="Resident">
/// The sum of resident memory, in which shared pages, such as the runtime's code, count for each process.
/// </param>
/// <param name="Proportional">The sum in which shared pages count once.</param>
internal sealed record Memory(long Resident, long Proportional);
