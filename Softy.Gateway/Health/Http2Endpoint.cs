namespace Softy.Gateway.Health;

/// <summary>The port for HTTP/2 without TLS that a replica announces.</summary>
/// <param name="Port">The port.</param>
/// <param name="Announcer">The name of the replica that announced it.</param>
/// <param name="Address">
/// The address to which requests are sent, or <see langword="null"/> if this replica could not be reached at the port.
/// </param>
/// <param name="CheckedAt">When the port was checked, as a monotonic timestamp.</param>
internal sealed record Http2Endpoint(int Port, string? Announcer, string? Address, long CheckedAt);
