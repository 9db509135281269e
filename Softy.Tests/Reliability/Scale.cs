using System.Globalization;

namespace Softy.Tests.Reliability;

/// <summary>
/// The amount of work in the tests of reliability. Every test is part of the short run and of the long run, which
/// <c>./softy test --faults</c> starts.
/// </summary>
internal static class Scale
{
    private const int ShortSeed = 2026;

    /// <summary>Whether this is the long run.</summary>
    public static bool IsLong { get; } = Read("SOFTY_FAULTS_LONG", 0) != 0;

    /// <summary>The random seed: always the same in the short run, and a new one in each long run.</summary>
    public static int Seed { get; } = Read("SOFTY_FAULTS_SEED", IsLong ? Random.Shared.Next(1, 1_000_000) : ShortSeed);

    /// <summary>The number of faults.</summary>
    public static int Faults { get; } = Read("SOFTY_FAULTS_COUNT", Of(15, 231));

    /// <summary>
    /// The duration of the moderate load in minutes; 0 means a few seconds, which only show that the test works.
    /// </summary>
    public static int SoakMinutes { get; } = Read("SOFTY_SOAK_MINUTES", 0);

    public static int Of(int shortRun, int longRun) => IsLong ? longRun : shortRun;

    private static int Read(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : otherwise;
}
