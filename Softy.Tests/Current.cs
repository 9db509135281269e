using System.Runtime.CompilerServices;
using Softy.Tests.Reliability;
using Xunit.Sdk;

namespace Softy.Tests;

/// <summary>What xUnit has for the test that runs; every file uses these names.</summary>
internal static class Current
{
    // No test takes nearly as long on an idle machine, unless it is told to.
    private static readonly TimeSpan _longestTest = TimeSpan.FromMinutes(10);

    private static readonly ConditionalWeakTable<ITest, CancellationTokenSource> _limits = [];

    /// <summary>Is cancelled when the run is, and when a test takes far too long.</summary>
    public static CancellationToken Cancellation =>
        TestContext.Current.Test is { } test && !Scale.IsLong && Scale.SoakMinutes == 0
            ? _limits.GetOrAdd(test, static _ => StartLimit()).Token
            : TestContext.Current.CancellationToken;

    /// <summary>The output of the test, which is shown beside its result.</summary>
    public static ITestOutputHelper Output => TestContext.Current.TestOutputHelper!;

    private static CancellationTokenSource StartLimit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(_longestTest);
        return limit;
    }
}
