using System.Globalization;

namespace Softy.Tests.Reliability;

/// <summary>
/// How much the tests of reliability do. Every test is part of every run: the short one, and the long one that
/// <c>./softy test --faults</c> asks for.
/// </summary>
internal static class Scale
{
    private const int ShortSeed = 2026;

    /// <summary>Whether this is the long run.</summary>
    public static bool IsLong { get; } = Read("SOFTY_FAULTS_LONG", 0) != 0;

    /// <summary>The random seed: always the same in the short run, and a new one in each long run.</summary>
    public static int Seed { get; } = Read("SOFTY_FAULTS_SEED", IsLong ? Random.Shared.Next(1, 1_000_000) : ShortSeed);

    /// <summary>How many faults there are.</summary>
    public static int Faults { get; } = Read("SOFTY_FAULTS_COUNT", Of(15, 231));

    /// <summary>How many minutes the moderate load takes; 0 for the few seconds that only show that it works.</summary>
    public static int SoakMinutes { get; } = Read("SOFTY_SOAK_MINUTES", 0);

    public static int Of(int shortRun, int longRun) => IsLong ? longRun : shortRun;

    private static int Read(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : otherwise;
}
