namespace Softy.Tests.Compose;

/// <summary>
/// A test of the deployment in containers: prints what they wrote when it fails. A plain <c>dotnet test</c> leaves it
/// out, by the filter in the project file; <c>--filter Category=Deployment</c> runs it.
/// </summary>
[Collection(ComposeCollection.Name)]
public abstract class ComposeTest(ComposeApp compose) : IAsyncLifetime
{
    protected ComposeApp Compose { get; } = compose;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            Output.WriteLine(await Compose.LogsAsync());
        }

        GC.SuppressFinalize(this);
    }
}
