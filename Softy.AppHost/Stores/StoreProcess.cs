namespace Softy.AppHost.Stores;

/// <summary>
/// A process in the place of a store's container. It has the container's name and shares its annotations, so that
/// endpoints, connection strings, commands and whoever refers to the container mean the process.
/// </summary>
/// <param name="container">The container that the process replaces.</param>
/// <param name="connection">The same resource, as those who connect to it know it.</param>
/// <param name="folder">The working folder of the process.</param>
internal sealed class StoreProcess(ContainerResource container, IResourceWithConnectionString connection, string folder)
    : ExecutableResource(container.Name, "/bin/sh", folder),
        IResourceWithConnectionString
{
    /// <summary>The annotations of the container: the base constructor adds those of a process to them.</summary>
    public override ResourceAnnotationCollection Annotations { get; } = container.Annotations;

    /// <inheritdoc />
    public ReferenceExpression ConnectionStringExpression => connection.ConnectionStringExpression;

    /// <inheritdoc />
    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
        connection.GetConnectionProperties();
}
