namespace Softy.Bench.Report;

/// <summary>Rounds ratios to the disadvantage of Softy.</summary>
internal static class Ratio
{
    /// <summary>Rounds a ratio of which more is better.</summary>
    public static double RoundDown(double ratio) => Math.Floor(ratio * 100) / 100;

    /// <summary>Rounds a ratio of which less is better.</summary>
    public static double RoundUp(double ratio) => Math.Ceiling(ratio * 100) / 100;
}
