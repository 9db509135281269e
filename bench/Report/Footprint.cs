using System.Globalization;
using System.Text;
using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>The part of the report about memory, idle CPU time and the start of the application.</summary>
internal static class Footprint
{
    /// <summary>Formats bytes in MiB, rounded up.</summary>
    public static string MiB(long bytes) =>
        Math.Ceiling(bytes / 1024d / 1024d).ToString("0", CultureInfo.InvariantCulture);

    public static void Write(StringBuilder text, BenchResult result)
    {
        text.Append(
            """

            ## Memory, idle CPU and start

            Gateway, three replicas and web together, in MiB. Memory that processes share, such as the code of .NET, is
            counted once, or for each process. The replicas of Softy also answer the requests through all other proxies,
            and those of Softy (JIT) only their own.


            """
        );
        Row("", result, memory => $"{memory.Build} | for each");
        Row("---", result, _ => "---: | ---:");
        Row("after the start", result, memory => Both(memory.Idle));
        Row($"after {result.Workloads[0].Title}", result, memory => Both(memory.AfterHello));
        Row("after all workloads above except the replicas", result, memory => Both(memory.AfterAll));
        Row("sum of the peaks of all processes", result, memory => $"| {MiB(memory.Peak)}");
        Row(
            "CPU time when idle after that",
            result,
            memory => string.Create(CultureInfo.InvariantCulture, $"{memory.IdleCores * 100:0.0} % of a core |")
        );
        if (result.StartSeconds.Count > 0)
        {
            var starts = string.Join(
                ", ",
                result.StartSeconds.Select(s => s.ToString("0.0", CultureInfo.InvariantCulture))
            );
            text.Append(
                CultureInfo.InvariantCulture,
                $"""

                From `dotnet run` of the built AppHost, which starts programs that .NET compiles while they run, with an
                existing data folder and without the dashboard, to a healthy gateway:
                {Statistics.Median(result.StartSeconds):0.0} s (median of {starts}).

                """
            );
        }

        void Row(string what, BenchResult all, Func<MemoryResult, string> cells) =>
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {string.Join(" | ", all.Memory.Select(cells))} |\n");
    }

    private static string Both(Memory memory) => $"{MiB(memory.Proportional)} | {MiB(memory.Resident)}";
}
