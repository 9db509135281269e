namespace Softy.Gateway.Health;

/// <summary>The status that a probe has found.</summary>
internal enum ProbeStatus
{
    /// <summary>The replica is ready for requests.</summary>
    Ready,

    /// <summary>The replica is draining and will stop.</summary>
    Draining,

    /// <summary>The replica is unhealthy or cannot be reached.</summary>
    Failed,

    /// <summary>The connection was refused, because no process listens at the replica's address.</summary>
    Refused,

    /// <summary>The probe timed out.</summary>
    Silent,

    /// <summary>
    /// The probe timed out, but the replica answered other requests meanwhile. It is busy, but not unhealthy.
    /// </summary>
    Busy,
}

/// <summary>The result of a probe.</summary>
/// <param name="Status">The status of the replica.</param>
/// <param name="Name">The name that the replica reports, if any.</param>
/// <param name="Service">The service that the replica reports to belong to, if any.</param>
/// <param name="Http2Port">The port at which the replica announces to accept HTTP/2, if any.</param>
internal readonly record struct ProbeResult(
    ProbeStatus Status,
    string? Name = null,
    string? Service = null,
    int? Http2Port = null
);
