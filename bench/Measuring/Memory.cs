namespace Softy.Bench.Measuring;

/// <summary>Bytes of memory that processes have in use together.</summary>
/// <param name="Resident">What each has, added up: what they share, such as the runtime's code, is counted for each.</param>
/// <param name="Proportional">What they share is counted once.</param>
internal sealed record Memory(long Resident, long Proportional);
