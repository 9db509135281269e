using Softy.Tests;
using Softy.Tests.Api;
using Softy.Tests.Application;
using Softy.Tests.Compose;
using Softy.Tests.Faults;
using Softy.Tests.Gateway;
using Softy.Tests.Web;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(NameOrder))]
[assembly: TestClassOrderer(typeof(NameOrder))]
[assembly: TestMethodOrderer(typeof(NameOrder))]

namespace Softy.Tests;

/// <summary>
/// Runs the collections that take longest first, so that no core idles while the last one ends, and tests in the order
/// of their names. By default, xUnit's order depends on the folder of the assembly, so tests that share an application
/// could pass in one folder and fail in another.
/// </summary>
public sealed class NameOrder : ITestCollectionOrderer, ITestClassOrderer, ITestMethodOrderer
{
    private static readonly string[] _first =
    [
        KeepEngineTests.Name,
        ComposeCollection.Name,
        GatewayCollection.Name,
        SharedCollection.Name,
        PageCollection.Name,
        nameof(OutageCollection),
        nameof(ReplicaCollection),
        FaultCollection.Name,
        EngineCollection.Name,
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [
            .. testCollections
                .OrderBy(collection => Rank(collection.TestCollectionDisplayName))
                .ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.OrdinalIgnoreCase),
        ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestClass?> OrderTestClasses<TTestClass>(IReadOnlyCollection<TTestClass?> testClasses)
        where TTestClass : notnull, ITestClass =>
        [.. testClasses.OrderBy(testClass => testClass?.TestClassName, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestMethod?> OrderTestMethods<TTestMethod>(
        IReadOnlyCollection<TTestMethod?> testMethods
    )
        where TTestMethod : notnull, ITestMethod =>
        [.. testMethods.OrderBy(method => method?.MethodName, StringComparer.Ordinal)];

    private static int Rank(string collection) =>
        Array.IndexOf(_first, collection) is >= 0 and var rank ? rank : _first.Length;
}
