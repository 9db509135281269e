using System.Globalization;

namespace Softy.AppHost;

/// <summary>
/// Copies of one service, of which each can be reached by itself. When the application runs, every copy is a resource
/// (<c>api-1</c>, <c>api-2</c>, …) with an endpoint of its own: replicas behind one endpoint are balanced by connection,
/// and a gateway that keeps its connections open would meet one of them only. In a deployment they are one service, whose
/// name stands for the addresses of all.
/// </summary>
/// <param name="Name">The name of the service.</param>
/// <param name="Replicas">Its resources.</param>
internal sealed record ReplicaSet(string Name, IReadOnlyList<IResourceBuilder<ProjectResource>> Replicas);

/// <summary>Adds replica sets and refers to them.</summary>
internal static class ReplicaSetExtensions
{
    /// <summary>Adds a service in several copies.</summary>
    /// <typeparam name="TProject">The project of the service.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the service.</param>
    /// <param name="count">How many copies.</param>
    /// <param name="configure">What holds for each of them.</param>
    /// <returns>The copies.</returns>
    public static ReplicaSet AddReplicaSet<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        int count,
        Action<IResourceBuilder<ProjectResource>> configure)
        where TProject : IProjectMetadata, new()
    {
        IResourceBuilder<ProjectResource>[] replicas = builder.ExecutionContext.IsPublishMode
            ? [Add(name).WithReplicas(count)]
            : [.. Enumerable.Range(1, count).Select(number => AddNumbered(number.ToString(CultureInfo.InvariantCulture)))];
        return new ReplicaSet(name, replicas);

        IResourceBuilder<ProjectResource> AddNumbered(string number) => Add($"{name}-{number}")
            .WithEnvironment("Instance__Name", $"{name}-{number}")
            .WithEnvironment("Instance__Number", number);

        IResourceBuilder<ProjectResource> Add(string resource)
        {
            var replica = builder.AddProject<TProject>(resource, options => options.ExcludeLaunchProfile = true)
                .WithEnvironment("Instance__Service", name);
            configure(replica);
            return replica;
        }
    }

    /// <summary>Gives a resource the address of every replica, in the form of .NET's service discovery.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="replicaSet">The replicas.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithReference(
        this IResourceBuilder<ProjectResource> builder, ReplicaSet replicaSet)
    {
        foreach (var (index, replica) in replicaSet.Replicas.Index())
        {
            var place = index.ToString(CultureInfo.InvariantCulture);
            builder.WithEnvironment($"services__{replicaSet.Name}__http__{place}", replica.GetEndpoint("http"));
        }

        return builder;
    }

    /// <summary>Waits with the start until every replica is healthy.</summary>
    /// <param name="builder">The resource that waits.</param>
    /// <param name="replicaSet">The replicas.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WaitFor(
        this IResourceBuilder<ProjectResource> builder, ReplicaSet replicaSet)
    {
        foreach (var replica in replicaSet.Replicas)
        {
            builder.WaitFor(replica);
        }

        return builder;
    }
}
