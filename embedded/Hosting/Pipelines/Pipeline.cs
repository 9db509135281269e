using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Pipelines;

/// <summary>Runs the steps that lead to the one that is asked for, each after those that it depends on.</summary>
internal sealed class Pipeline : IDistributedApplicationPipeline
{
    /// <summary>The configuration value that holds the output folder, for the steps to read, as in Aspire.</summary>
    public const string OutputPathKey = "Pipeline:OutputPath";

    private readonly List<Step> _steps = [new(WellKnownPipelineSteps.Publish, _ => Task.CompletedTask, [], [])];

    /// <summary>What the command line says, as the configuration values that Aspire makes of it.</summary>
    public static void ReadArguments(ConfigurationManager configuration) =>
        configuration[OutputPathKey] ??= Path.GetFullPath(configuration["output-path"] ?? "aspire-output");

    public void AddStep(
        string name, Func<PipelineStepContext, Task> action, object? dependsOn = null, object? requiredBy = null)
    {
        if (_steps.Exists(step => step.Name == name))
        {
            throw new InvalidOperationException($"The pipeline has a step '{name}' already.");
        }

        _steps.Add(new Step(name, action, Names(dependsOn), Names(requiredBy)));
    }

    public async Task ExecuteAsync(string name, PipelineStepContext context)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        await RunAsync(name);

        async Task RunAsync(string current)
        {
            if (!done.Add(current))
            {
                return;
            }

            var step = _steps.Find(s => s.Name == current) ?? throw new DistributedApplicationException(
                $"The pipeline has no step '{current}'; it has: {string.Join(", ", _steps.Select(s => s.Name))}.");
            foreach (var before in step.DependsOn.Concat(_steps.Where(s => s.RequiredBy.Contains(current)).Select(s => s.Name)))
            {
                await RunAsync(before);
            }

            context.CancellationToken.ThrowIfCancellationRequested();
            await step.Action(context);
        }
    }

    private static string[] Names(object? names) => names switch
    {
        null => [],
        string name => [name],
        IEnumerable<string> several => [.. several],
        _ => throw new ArgumentException("Steps are named by a string or a list of strings.", nameof(names)),
    };

    private sealed record Step(
        string Name, Func<PipelineStepContext, Task> Action, string[] DependsOn, string[] RequiredBy);
}
