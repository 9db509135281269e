using System.Globalization;
using System.Text;
using Softy.Bench.Measuring;

namespace Softy.Bench.Report;

/// <summary>The part of the report about the first seconds of new processes.</summary>
internal static class ColdStarts
{
    public static void Write(StringBuilder text, IReadOnlyList<ColdStartSample> samples)
    {
        if (samples.Count == 0)
        {
            return;
        }

        text.Append(
            """

            ## Cold start

            The gateway and three replicas are started at the same time, beside stores that run already, on some of the
            cores, and get requests from 64 connections from the first answer on. Requests in the first seconds, and in
            10 seconds after those:

            | cores | | first answer | first 1 s | first 3 s | first 10 s | next 10 s | first 10 s against the next |
            | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |

            """
        );
        foreach (var rounds in samples.GroupBy(sample => (sample.Cores, sample.Build)))
        {
            var first = Enumerable
                .Range(0, 3)
                .Select(step => Statistics.Median(rounds.Select(sample => sample.Requests[step])))
                .ToList();
            var warm = Statistics.Median(rounds.Select(sample => sample.Warm));
            var answer = Statistics.Median(rounds.Select(sample => sample.FirstAnswer));
            text.Append(CultureInfo.InvariantCulture, $"| {rounds.Key.Cores} | {rounds.Key.Build} | {answer:0.00} s ");
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {first[0]:#,0} | {first[1]:#,0} | {first[2]:#,0} | {warm:#,0} "
            );
            text.Append(CultureInfo.InvariantCulture, $"| {Ratio.RoundDown(first[2] / warm):0.00}× |\n");
        }
    }
}
