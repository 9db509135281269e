using Aspire.Hosting.Docker;
using Aspire.Hosting.Docker.Publishing;
using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Pipelines;

namespace Aspire.Hosting;

/// <summary>Adds deployments with compose. Stands for Aspire's class of that name.</summary>
public static class DockerComposeEnvironmentExtensions
{
    /// <summary>Adds a deployment, which publishing writes; a run knows nothing of it.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name.</param>
    /// <returns>The deployment.</returns>
    public static IResourceBuilder<DockerComposeEnvironmentResource> AddDockerComposeEnvironment(
        this IDistributedApplicationBuilder builder, string name)
    {
        var dashboard = builder.CreateResourceBuilder(new DockerComposeAspireDashboardResource($"{name}-dashboard"))
            .WithHttpEndpoint(targetPort: 18888)
            .WithExternalHttpEndpoints()
            .WithHttpEndpoint(name: "otlp-grpc", targetPort: 18889)
            .WithHttpEndpoint(name: "otlp-http", targetPort: 18890)
            .PublishAsDockerComposeService((_, service) => service.Restart = "always");
        var environment = new DockerComposeEnvironmentResource(name) { Dashboard = dashboard };
        if (builder.ExecutionContext.IsRunMode)
        {
            return builder.CreateResourceBuilder(environment);
        }

        builder.Pipeline.AddStep(
            $"publish-{name}",
            context => ComposePublisher.PublishAsync(environment, context),
            requiredBy: WellKnownPipelineSteps.Publish);
        return builder.AddResource(environment);
    }

    /// <summary>Changes properties of the deployment.</summary>
    /// <param name="builder">The deployment.</param>
    /// <param name="configure">Changes them.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<DockerComposeEnvironmentResource> WithProperties(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder,
        Action<DockerComposeEnvironmentResource> configure)
    {
        configure(builder.Resource);
        return builder;
    }

    /// <summary>Changes the compose file before it is written.</summary>
    /// <param name="builder">The deployment.</param>
    /// <param name="configure">Changes it.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<DockerComposeEnvironmentResource> ConfigureComposeFile(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, Action<ComposeFile> configure)
    {
        builder.Resource.ConfigureComposeFile += configure;
        return builder;
    }

    /// <summary>Changes the keys of the environment file before it is written.</summary>
    /// <param name="builder">The deployment.</param>
    /// <param name="configure">Changes them.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<DockerComposeEnvironmentResource> ConfigureEnvFile(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder,
        Action<IDictionary<string, CapturedEnvironmentVariable>> configure)
    {
        builder.Resource.ConfigureEnvFile += configure;
        return builder;
    }

    /// <summary>Says whether the dashboard is one of the services.</summary>
    /// <param name="builder">The deployment.</param>
    /// <param name="enabled">Whether it is.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<DockerComposeEnvironmentResource> WithDashboard(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, bool enabled = true) =>
        builder.WithProperties(environment => environment.DashboardEnabled = enabled);

    /// <summary>Makes the dashboard one of the services, and changes it.</summary>
    /// <param name="builder">The deployment.</param>
    /// <param name="configure">Changes it.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<DockerComposeEnvironmentResource> WithDashboard(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder,
        Action<IResourceBuilder<DockerComposeAspireDashboardResource>> configure)
    {
        configure(builder.Resource.Dashboard!);
        return builder.WithDashboard();
    }
}
