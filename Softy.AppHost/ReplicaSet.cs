using System.Globalization;
using Softy.AppHost.Running;

namespace Softy.AppHost;

/// <summary>
/// Copies of one service, of which each can be reached by itself. When the application runs, every copy is a resource
/// (<c>api-1</c>, <c>api-2</c>, …) with an endpoint of its own: replicas behind one endpoint are balanced by connection,
/// and a gateway that keeps its connections open would meet one of them only. In a deployment they are one service, whose
/// name stands for the addresses of all.
/// </summary>
/// <param name="Name">The name of the service.</param>
/// <param name="Replicas">The resources that start with the application.</param>
/// <param name="Spares">The resources that start when somebody starts them, from the dashboard for example.</param>
internal sealed record ReplicaSet(
    string Name,
    IReadOnlyList<IResourceBuilder<ProjectResource>> Replicas,
    IReadOnlyList<IResourceBuilder<ProjectResource>> Spares
);

/// <summary>Adds replica sets and refers to them.</summary>
internal static class ReplicaSetExtensions
{
    /// <summary>Adds a service in several copies.</summary>
    /// <typeparam name="TProject">The project of the service.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the service.</param>
    /// <param name="count">How many copies start with the application.</param>
    /// <param name="maxCount">How many copies there are in all; those beyond <paramref name="count"/> wait to be started.</param>
    /// <param name="configure">What holds for each of them.</param>
    /// <returns>The copies.</returns>
    public static ReplicaSet AddReplicaSet<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        int count,
        int maxCount,
        Action<IResourceBuilder<ProjectResource>> configure
    )
        where TProject : IProjectMetadata, new()
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return new ReplicaSet(name, [Add(name).WithReplicas(count)], []);
        }

        return new ReplicaSet(
            name,
            [.. Enumerable.Range(1, count).Select(AddNumbered)],
            [.. Enumerable.Range(count + 1, maxCount - count).Select(number => AddNumbered(number).WithExplicitStart())]
        );

        IResourceBuilder<ProjectResource> AddNumbered(int number)
        {
            var text = number.ToString(CultureInfo.InvariantCulture);
            return Add($"{name}-{text}")
                .WithEnvironment("Instance__Name", $"{name}-{text}")
                .WithEnvironment("Instance__Number", text);
        }

        IResourceBuilder<ProjectResource> Add(string resource)
        {
            var replica = builder.AddService<TProject>(resource).WithEnvironment("Instance__Service", name);
            configure(replica);
            return replica;
        }
    }

    /// <summary>Gives a resource the address of every replica, in the form of .NET's service discovery.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="replicaSet">The replicas.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithReference(
        this IResourceBuilder<ProjectResource> builder,
        ReplicaSet replicaSet
    )
    {
        foreach (var (index, replica) in replicaSet.Replicas.Concat(replicaSet.Spares).Index())
        {
            var place = index.ToString(CultureInfo.InvariantCulture);
            builder.WithEnvironment($"services__{replicaSet.Name}__http__{place}", replica.GetEndpoint("http"));
        }

        return builder;
    }

    /// <summary>Waits with the start until every replica that starts with the application is healthy.</summary>
    /// <param name="builder">The resource that waits.</param>
    /// <param name="replicaSet">The replicas.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WaitFor(
        this IResourceBuilder<ProjectResource> builder,
        ReplicaSet replicaSet
    )
    {
        foreach (var replica in replicaSet.Replicas)
        {
            builder.WaitFor(replica);
        }

        return builder;
    }
}
