namespace Softy.Bench.Measuring;

/// <summary>The measurements of one contestant on one workload, round by round.</summary>
/// <param name="Contestant">The name of the contestant.</param>
internal sealed record Series(string Contestant)
{
    public List<Sample> Samples { get; } = [];

    public long Errors => Samples.Sum(sample => sample.Errors);

    public double Median(Func<Sample, double> value) => Statistics.Median(Samples.Select(value));

    public double Lowest(Func<Sample, double> value) => Samples.Min(value);

    public double Highest(Func<Sample, double> value) => Samples.Max(value);
}

internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
