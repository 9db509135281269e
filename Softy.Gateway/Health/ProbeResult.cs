namespace Softy.Gateway.Health;

/// <summary>What a probe found.</summary>
internal enum ProbeResult
{
    /// <summary>The replica takes requests.</summary>
    Ready,

    /// <summary>The replica says that it is leaving.</summary>
    Draining,

    /// <summary>The replica says that it is not well, or nothing.</summary>
    Failed,

    /// <summary>The replica said nothing to the probe, but answered requests meanwhile: busy, not sick.</summary>
    Busy,
}
