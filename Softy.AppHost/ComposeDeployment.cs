#pragma warning disable ASPIREPIPELINES001 // Steps of the publishing pipeline are new in Aspire, and marked so.

using Aspire.Hosting.Pipelines;

namespace Softy.AppHost;

/// <summary>
/// Says of the deployment what the application model does not: Aspire writes the services, their environment and their
/// ports; images, health checks, replicas, limits and secrets are here. The result runs as it is written.
/// </summary>
internal static class ComposeDeployment
{
    private const string Name = "softy";
    private const string Network = "aspire";

    /// <summary>Makes <c>publish</c> write a deployment; a run knows nothing of it.</summary>
    public static void AddComposeDeployment(this IDistributedApplicationBuilder builder, Settings settings)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            return;
        }

        var swarm = settings.Target == DeploymentTarget.Swarm;
        var output = builder.Configuration["Pipeline:OutputPath"] ?? "aspire-output";
        var variables = new DeploymentVariables(builder.Configuration, settings);
        var services = new ComposeServices(settings, Path.GetRelativePath(output, Path.Combine(builder.AppHostDirectory, "..")));

        var environment = builder.AddDockerComposeEnvironment(Name)
            .ConfigureComposeFile(file =>
            {
                file.Version = swarm ? "3.8" : null;
                file.Networks[Network].Driver = swarm ? "overlay" : "bridge";
                variables.UsedIn(file.ToYaml());
            })
            .ConfigureEnvFile(variables.Describe)
            .WithDashboard(dashboard => dashboard.PublishAsDockerComposeService((_, service) => ComposeServices.Dashboard(service)));
        if (swarm)
        {
            environment.WithDashboard(enabled: false);
        }

        foreach (var resource in builder.Resources.ToArray())
        {
            switch (resource)
            {
                case ProjectResource project:
                    builder.CreateResourceBuilder(project)
                        .WithEndpoint("http", endpoint => endpoint.TargetPort = ComposeServices.Port)
                        .PublishAsDockerComposeService((_, service) => services.Project(project, service));
                    break;
                case PostgresServerResource postgres:
                    builder.CreateResourceBuilder(postgres)
                        .PublishAsDockerComposeService((_, service) => services.Postgres(postgres, service));
                    break;
                case RedisResource redis:
                    builder.CreateResourceBuilder(redis)
                        .PublishAsDockerComposeService((_, service) => services.Redis(service));
                    break;
            }
        }

        builder.Pipeline.AddStep(
            "softy-variables",
            context => variables.WriteAsync(output, context.CancellationToken),
            dependsOn: $"publish-{Name}",
            requiredBy: WellKnownPipelineSteps.Publish);
    }
}
