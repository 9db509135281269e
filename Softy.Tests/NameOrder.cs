using Softy.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(NameOrder))]
[assembly: TestClassOrderer(typeof(NameOrder))]
[assembly: TestMethodOrderer(typeof(NameOrder))]

namespace Softy.Tests;

/// <summary>
/// Runs tests in the order of their names. By default, xUnit's order depends on the folder of the assembly, so tests
/// that share an application could pass in one folder and fail in another.
/// </summary>
public sealed class NameOrder : ITestCollectionOrderer, ITestClassOrderer, ITestMethodOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [
            .. testCollections
                // Classes that share no application are fast, so they run first.
                .OrderBy(collection => collection.TestCollectionClassName is not null)
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
}
