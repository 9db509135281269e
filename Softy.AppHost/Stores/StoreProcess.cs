namespace Softy.AppHost.Stores;

/// <summary>
/// A process that replaces a store's container. It has the container's name and shares its annotations, so that
/// endpoints, connection strings, commands and references to the container apply to the process.
/// </summary>
/// <param name="container">The container that the process replaces.</param>
/// <param name="connection">The same resource, for its connection string.</param>
/// <param name="folder">The working folder of the process.</param>
internal sealed class StoreProcess(ContainerResource container, IResourceWithConnectionString connection, string folder)
    : ExecutableResource(container.Name, "/bin/sh", folder),
        IResourceWithConnectionString
{
    /// <summary>The annotations of the container. The base constructor adds the annotations of a process.</summary>
    public override ResourceAnnotationCollection Annotations { get; } = container.Annotations;

    /// <inheritdoc />
    public ReferenceExpression ConnectionStringExpression => connection.ConnectionStringExpression;

    /// <inheritdoc />
    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
        connection.GetConnectionProperties();
}
