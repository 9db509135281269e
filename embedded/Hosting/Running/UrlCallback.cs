namespace Aspire.Hosting.Running;

/// <summary>The AppHost's change to the URL of an endpoint, made when the address is known.</summary>
internal sealed class UrlCallback(string endpointName, Action<ResourceUrlAnnotation> callback) : IResourceAnnotation
{
    public string EndpointName { get; } = endpointName;

    public Action<ResourceUrlAnnotation> Callback { get; } = callback;
}
