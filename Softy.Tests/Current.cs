namespace Softy.Tests;

/// <summary>What xUnit has for the test that runs; every file uses these names.</summary>
internal static class Current
{
    /// <summary>Is cancelled when the run is.</summary>
    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The output of the test, which is shown beside its result.</summary>
    public static ITestOutputHelper Output => TestContext.Current.TestOutputHelper!;
}
