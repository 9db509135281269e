namespace Softy.Gateway.Health;

/// <summary>What a probe found.</summary>
internal enum ProbeStatus
{
    /// <summary>The replica takes requests.</summary>
    Ready,

    /// <summary>The replica says that it is leaving.</summary>
    Draining,

    /// <summary>The replica says that it is not well, or cannot be connected to.</summary>
    Failed,

    /// <summary>Nobody listens at the replica's address.</summary>
    Refused,

    /// <summary>The replica said nothing in time.</summary>
    Silent,

    /// <summary>The replica said nothing to the probe, but answered requests meanwhile: busy, not sick.</summary>
    Busy,
}

/// <summary>A probe's outcome.</summary>
/// <param name="Status">How the replica is.</param>
/// <param name="Name">What it calls itself, if it says so.</param>
/// <param name="Service">The service that it says it belongs to, if it says so.</param>
internal readonly record struct ProbeResult(ProbeStatus Status, string? Name = null, string? Service = null);
