namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource became healthy for the first time since its start. Stands for Aspire's class of that name.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The host's services.</param>
public sealed class ResourceReadyEvent(IResource resource, IServiceProvider services)
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The host's services.</summary>
    public IServiceProvider Services { get; } = services;
}

internal sealed class ResourceReadyCallback(Func<ResourceReadyEvent, CancellationToken, Task> callback) : IResourceAnnotation
{
    public Func<ResourceReadyEvent, CancellationToken, Task> Callback { get; } = callback;
}
