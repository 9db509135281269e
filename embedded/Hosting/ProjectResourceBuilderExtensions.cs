using Aspire.Hosting.Running;

namespace Aspire.Hosting;

/// <summary>How a project is added. Stands for Aspire's class of that name.</summary>
public sealed class ProjectResourceOptions
{
    /// <summary>The launch profile to take endpoints and environment from.</summary>
    public string? LaunchProfileName { get; set; }

    /// <summary>Whether no launch profile is read. The embedded host reads none, and wants to hear so.</summary>
    public bool ExcludeLaunchProfile { get; set; }
}

/// <summary>Adds .NET projects. Stands for Aspire's class of that name.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project.</summary>
    /// <typeparam name="TProject">The project, a class in <c>Projects</c>.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the resource.</param>
    /// <param name="configure">Says how.</param>
    /// <returns>The resource.</returns>
    /// <exception cref="DistributedApplicationException">A launch profile is asked for.</exception>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new()
    {
        var options = new ProjectResourceOptions();
        configure(options);
        if (!options.ExcludeLaunchProfile)
        {
            throw new DistributedApplicationException(
                $"The project '{name}' asks for a launch profile, which the embedded host does not read. "
                + "Set ExcludeLaunchProfile and name endpoints and environment in the AppHost.");
        }

        return builder.AddResource(new ProjectResource(name))
            .WithAnnotation(new TProject())
            .WithEnvironment(context => ProjectEnvironment.Set(context, builder));
    }

    /// <summary>Runs several copies behind one endpoint; a deployment does, the embedded host does not.</summary>
    /// <param name="builder">The project.</param>
    /// <param name="replicas">How many.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithReplicas(
        this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        if (replicas > 1 && builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            throw new DistributedApplicationException(
                $"The project '{builder.Resource.Name}' asks for {replicas} replicas behind one endpoint, which the "
                + "embedded host does not run. Add one resource a replica.");
        }

        return builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);
    }
}

/// <summary>Adds programs. Stands for Aspire's class of that name.</summary>
public static class ExecutableResourceBuilderExtensions
{
    /// <summary>Adds a program.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the resource.</param>
    /// <param name="command">The program: a path, or a name to look up.</param>
    /// <param name="workingDirectory">The folder in which it runs, from the AppHost's.</param>
    /// <param name="args">Its arguments.</param>
    /// <returns>The resource.</returns>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder,
        string name,
        string command,
        string workingDirectory,
        params string[]? args) =>
        builder.AddResource(new ExecutableResource(
                name, command, Path.GetFullPath(Path.Combine(builder.AppHostDirectory, workingDirectory))))
            .WithArgs(args ?? []);
}
