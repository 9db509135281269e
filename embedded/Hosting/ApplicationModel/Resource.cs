using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the application. Stands for Aspire's interface of that name.</summary>
public interface IResource
{
    /// <summary>The name, unique in the model.</summary>
    string Name { get; }

    /// <summary>What is said of the resource.</summary>
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>The annotations of one resource. Stands for Aspire's class of that name.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>Base of all resources. Stands for Aspire's class of that name.</summary>
/// <param name="name">The name, unique in the model.</param>
public abstract class Resource(string name) : IResource
{
    /// <inheritdoc />
    public virtual string Name { get; } = name;

    /// <inheritdoc />
    public virtual ResourceAnnotationCollection Annotations { get; } = [];

    /// <inheritdoc />
    public override string ToString() => Name;
}

/// <summary>A resource with environment variables. Stands for Aspire's interface of that name.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource with command line arguments. Stands for Aspire's interface of that name.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>A resource with endpoints. Stands for Aspire's interface of that name.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource whose endpoints others find by its name. Stands for Aspire's interface of that name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>A resource that can wait for others. Stands for Aspire's interface of that name.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource that runs code and can be deployed. Stands for Aspire's interface of that name.</summary>
public interface IComputeResource : IResource;

/// <summary>A resource inside another. Stands for Aspire's interface of that name.</summary>
public interface IResourceWithParent : IResource
{
    /// <summary>The resource that this one is a part of.</summary>
    IResource Parent { get; }
}

/// <summary>A resource inside another of a known type. Stands for Aspire's interface of that name.</summary>
/// <typeparam name="T">The type of the parent.</typeparam>
public interface IResourceWithParent<out T> : IResourceWithParent
    where T : IResource
{
    /// <summary>The resource that this one is a part of.</summary>
    new T Parent { get; }

    IResource IResourceWithParent.Parent => Parent;
}

/// <summary>The resources of an application. Stands for Aspire's class of that name.</summary>
/// <param name="resources">The resources, in the order in which they were added.</param>
public sealed class DistributedApplicationModel(IEnumerable<IResource> resources)
{
    /// <summary>The resources, in the order in which they were added.</summary>
    public IReadOnlyList<IResource> Resources { get; } = [.. resources];
}
