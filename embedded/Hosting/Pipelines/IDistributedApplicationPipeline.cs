using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Pipelines;

/// <summary>The steps by which an application is published. Stands for Aspire's interface of that name.</summary>
[Experimental("ASPIREPIPELINES001")]
public interface IDistributedApplicationPipeline
{
    /// <summary>Adds a step.</summary>
    /// <param name="name">Its name, unique in the pipeline.</param>
    /// <param name="action">Its work.</param>
    /// <param name="dependsOn">The step, or the list of steps, that come before it.</param>
    /// <param name="requiredBy">The step, or the list of steps, that it comes before.</param>
    void AddStep(string name, Func<PipelineStepContext, Task> action, object? dependsOn = null, object? requiredBy = null);
}

/// <summary>Steps that are always there. Stands for Aspire's class of that name.</summary>
[Experimental("ASPIREPIPELINES001")]
public static class WellKnownPipelineSteps
{
    /// <summary>Does nothing itself: what publishes is required by it.</summary>
    public const string Publish = "publish";
}

/// <summary>What a step works on. Stands for Aspire's class of that name.</summary>
[Experimental("ASPIREPIPELINES001")]
public sealed class PipelineStepContext
{
    /// <summary>The application.</summary>
    public required DistributedApplicationModel Model { get; init; }

    /// <summary>Whether the application runs or is published.</summary>
    public required DistributedApplicationExecutionContext ExecutionContext { get; init; }

    /// <summary>The services of the AppHost.</summary>
    public required IServiceProvider Services { get; init; }

    /// <summary>The log of the pipeline.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>Ends the work.</summary>
    public CancellationToken CancellationToken { get; init; }
}
