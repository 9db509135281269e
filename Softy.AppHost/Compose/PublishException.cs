namespace Softy.AppHost.Compose;

/// <summary>Something in the application model cannot be part of a deployment.</summary>
/// <param name="message">Which resource, what of it, why not, and what to do.</param>
internal sealed class PublishException(string message) : DistributedApplicationException(message);
