using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Runs the entry point of an AppHost on a thread of its own and holds it at the points that tests work at.</summary>
internal sealed class SuspendedAppHost(
    Assembly appHost, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
    : TestDefaults(appHost, args, configure)
{
    private readonly Assembly _appHost = appHost;
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = NewSource<DistributedApplicationBuilder>();
    private readonly TaskCompletionSource _mayBuild = NewSource();
    private readonly TaskCompletionSource<DistributedApplication> _application = NewSource<DistributedApplication>();
    private DistributedApplicationBuilder? _created;

    /// <summary>Starts the entry point.</summary>
    /// <returns>The builder, when the AppHost wants to build.</returns>
    public Task<DistributedApplicationBuilder> StartAsync(CancellationToken cancellationToken)
    {
        var thread = new Thread(RunEntryPoint) { IsBackground = true, Name = $"{_appHost.GetName().Name} entry point" };
        thread.Start();
        return _builder.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Lets the AppHost build.</summary>
    /// <returns>What it has built.</returns>
    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.TrySetResult();
        return _application.Task.WaitAsync(cancellationToken);
    }

    public override void OnBuilderCreated(DistributedApplicationBuilder builder) => _created = builder;

    public override void OnBuilding()
    {
        _builder.TrySetResult(_created!);
        _mayBuild.Task.GetAwaiter().GetResult();
    }

    public override void OnBuilt(DistributedApplication application) => _application.TrySetResult(application);

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void RunEntryPoint()
    {
        DistributedApplicationBuilder.Hooks = this;
        var entryPoint = _appHost.EntryPoint
            ?? throw new InvalidOperationException($"The assembly '{_appHost.GetName().Name}' has no entry point.");
        Exception? failure = null;
        try
        {
            var result = entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? null : [Array.Empty<string>()]);
            (result as Task)?.GetAwaiter().GetResult();
        }
        catch (TargetInvocationException e)
        {
            failure = e.InnerException;
        }
        catch (Exception e)
        {
            failure = e;
        }

        failure ??= new InvalidOperationException(
            $"The entry point of '{_appHost.GetName().Name}' ended without building an application.");
        _builder.TrySetException(failure);
        _application.TrySetException(failure);
    }
}
