// Aspire's API for pipeline steps is experimental.
#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004

using System.Text;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Softy.AppHost.Compose.Nodes;

namespace Softy.AppHost.Compose;

/// <summary>
/// Publishes the application as a Docker Compose deployment or a Docker Swarm stack. A step of Aspire's pipeline writes
/// <c>docker-compose.yaml</c> and <c>.env</c> to the output folder, which can be deployed as they are.
/// </summary>
internal static class ComposeDeployment
{
    /// <summary>
    /// Adds the publishing step. It has no effect in run mode. The model must be complete when this method is called.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="options">The options of the application.</param>
    public static void AddComposeDeployment(this IDistributedApplicationBuilder builder, AppHostOptions options)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            return;
        }

        var projects = builder.Resources.OfType<ProjectResource>();
        foreach (var endpoint in projects.SelectMany(project => project.Annotations.OfType<EndpointAnnotation>()))
        {
            endpoint.TargetPort ??= AppModelReader.ProjectPort;
        }

        var repository = Path.Combine(builder.AppHostDirectory, "..");
        builder.Pipeline.AddStep(
            "publish-compose",
            context =>
                ReportErrorsAsync(context, () => PublishAsync(context, builder.Configuration, options, repository)),
            requiredBy: WellKnownPipelineSteps.Publish
        );
    }

    // Aspire logs an exception of a step four times with its stack trace, and still exits with code 0.
    private static async Task ReportErrorsAsync(PipelineStepContext context, Func<Task> publish)
    {
        try
        {
            await publish();
        }
        catch (Exception e) when (e is PublishException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"Softy: {e.Message}");
            Environment.ExitCode = 1;
            await context.ReportingStep.CompleteAsync(
                e.Message,
                CompletionState.CompletedWithError,
                context.CancellationToken
            );
        }
        catch
        {
            Environment.ExitCode = 1;
            throw;
        }
    }

    private static async Task PublishAsync(
        PipelineStepContext context,
        IConfiguration configuration,
        AppHostOptions options,
        string repository
    )
    {
        var cancellationToken = context.CancellationToken;
        var folder = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
        var resources = context.Model.GetComputeResources().ToArray();
        var values = new ComposeValues(resources.ToHashSet());

        var sources = Path.GetRelativePath(folder, repository);
        var compose = await DescribeAsync(context, options, sources, resources, values);
        Directory.CreateDirectory(folder);
        var variables = Path.Combine(folder, ".env");
        var file = await VariablesFile.ReadAsync(variables, cancellationToken);
        if (TlsDeployment.IsEnabled(file))
        {
            new TlsDeployment(options.Target).AddTo(compose, folder, file);
        }

        await new DeploymentVariables(configuration, options).FillAsync(
            file,
            resources,
            values.Parameters,
            cancellationToken
        );

        await file.WriteAsync(variables, cancellationToken);
        await AtomicFile.WriteAsync(
            Path.Combine(folder, "docker-compose.yaml"),
            Encoding.UTF8.GetBytes(ComposeYaml.Write(compose)),
            isPrivate: false,
            cancellationToken
        );
        await Console.Out.WriteLineAsync(
            $"Softy: wrote docker-compose.yaml and .env into {folder}. docs/deployment.md says how to start them."
        );
        context.Summary.Add(options.Target.ToString(), folder);
    }

    private static async Task<ComposeFile> DescribeAsync(
        PipelineStepContext context,
        AppHostOptions options,
        string sources,
        IReadOnlyList<IResource> resources,
        ComposeValues values
    )
    {
        var isSwarm = options.Target == DeploymentTarget.Swarm;
        var model = new AppModelReader(context.ExecutionContext, resources, values, isSwarm);
        var services = new ComposeDefaults(options, sources);
        var file = new ComposeFile { Version = isSwarm ? "3.8" : null };
        if (!isSwarm)
        {
            file.Services[ComposeDefaults.DashboardName] = ComposeDefaults.Dashboard();
        }

        foreach (var resource in resources)
        {
            var service = await model.ReadAsync(resource, context.CancellationToken);
            services.Complete(resource, service);
            file.Services[AppModelReader.ServiceName(resource)] = service;
        }

        // Swarm starts all services at the same time, and restarts those that fail.
        foreach (var resource in isSwarm ? [] : resources)
        {
            model.AddDependencies(resource, file.Services);
        }

        file.Networks[AppModelReader.Network] = new ComposeDriver(isSwarm ? "overlay" : "bridge");
        foreach (var mount in file.Services.Values.SelectMany(service => service.Volumes))
        {
            if (mount is { Type: "volume", Source: { } volume })
            {
                file.Volumes[volume] = new ComposeDriver("local");
            }
        }

        return file;
    }
}
