using System.Net.Sockets;
using Aspire.Hosting.Health;

namespace Aspire.Hosting;

/// <summary>Adds Redis. Stands for Aspire's class of that name.</summary>
public static class RedisBuilderExtensions
{
    /// <summary>Adds a server.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name.</param>
    /// <param name="port">The port; any free one if null.</param>
    /// <param name="password">The password; one is made if null.</param>
    /// <returns>The server.</returns>
    public static IResourceBuilder<RedisResource> AddRedis(
        this IDistributedApplicationBuilder builder,
        string name,
        int? port = null,
        IResourceBuilder<ParameterResource>? password = null)
    {
        // A comma or a space in the password would end it within the connection string.
        var parameter = password?.Resource
            ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password", special: false);
        var server = new RedisResource(name, parameter);
        return builder.AddResource(server)
            .WithAnnotation(new EndpointAnnotation(
                ProtocolType.Tcp, "redis", name: RedisResource.PrimaryEndpointName, port: port, targetPort: 6379))
            .WithHealthCheck($"{name}_check", new RedisHealthCheck(server));
    }

    /// <summary>Keeps the data in a volume, also when the application ends.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="name">The volume; one named for the AppHost and the server if null.</param>
    /// <param name="isReadOnly">Whether it is read only; if not, the server writes its data to it.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<RedisResource> WithDataVolume(
        this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false)
    {
        builder.WithAnnotation(new ContainerMountAnnotation(
            name ?? VolumeName.For(builder), "/data", ContainerMountType.Volume, isReadOnly));
        return isReadOnly ? builder : builder.WithPersistence();
    }

    /// <summary>Writes the data to disk from time to time.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="interval">The time between snapshots; a minute if null.</param>
    /// <param name="keysChangedThreshold">The number of changes that a snapshot needs.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<RedisResource> WithPersistence(
        this IResourceBuilder<RedisResource> builder, TimeSpan? interval = null, long keysChangedThreshold = 1) =>
        builder.WithAnnotation(
            new PersistenceAnnotation(interval, keysChangedThreshold), ResourceAnnotationMutationBehavior.Replace);

    /// <summary>Fixes the port.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="port">The port; any free one if null.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<RedisResource> WithHostPort(
        this IResourceBuilder<RedisResource> builder, int? port) =>
        builder.WithEndpoint(RedisResource.PrimaryEndpointName, endpoint => endpoint.Port = port);

    /// <summary>Fixes the password.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="password">The password.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<RedisResource> WithPassword(
        this IResourceBuilder<RedisResource> builder, IResourceBuilder<ParameterResource> password)
    {
        builder.Resource.SetPassword(password.Resource);
        return builder;
    }
}
