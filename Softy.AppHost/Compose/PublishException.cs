namespace Softy.AppHost.Compose;

/// <summary>The exception for a part of the application model that cannot be deployed.</summary>
/// <param name="message">The resource, the problem, and a possible solution.</param>
internal sealed class PublishException(string message) : DistributedApplicationException(message);
