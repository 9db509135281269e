using System.Globalization;
using Softy.AppHost.Running;

namespace Softy.AppHost;

/// <summary>
/// The replicas of one service, each of which can be addressed separately. In run mode, every replica is a resource
/// (<c>api-1</c>, <c>api-2</c>, ...) with its own endpoint. Replicas behind one endpoint would be balanced by
/// connection, so that a gateway with pooled connections would use only one of them. In a deployment, the replicas are
/// one service, whose host name resolves to all of them.
/// </summary>
/// <param name="Name">The name of the service.</param>
/// <param name="Replicas">The resources that start with the application.</param>
/// <param name="Spares">
/// The additional resources that do not start automatically. They can be started from the dashboard, for example.
/// </param>
internal sealed record ReplicaSet(
    string Name,
    IReadOnlyList<IResourceBuilder<ProjectResource>> Replicas,
    IReadOnlyList<IResourceBuilder<ProjectResource>> Spares
);

/// <summary>Extension methods for replica sets.</summary>
internal static class ReplicaSetExtensions
{
    /// <summary>Adds a service with several replicas.</summary>
    /// <typeparam name="TProject">The project of the service.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the service.</param>
    /// <param name="count">The number of replicas that start with the application.</param>
    /// <param name="maxCount">
    /// The total number of replicas. Those beyond <paramref name="count"/> are started manually.
    /// </param>
    /// <param name="configure">Configures each replica.</param>
    /// <returns>The replica set.</returns>
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
            var replica = builder
                .AddService<TProject>(resource)
                .WithHttp2Endpoint()
                .WithEnvironment("Instance__Service", name);
            configure(replica);
            return replica;
        }
    }

    /// <summary>Gives a resource the address of every replica, in the format of .NET's service discovery.</summary>
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

    /// <summary>Makes a resource wait until every replica that starts with the application is healthy.</summary>
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
