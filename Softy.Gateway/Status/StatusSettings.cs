using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Status;

/// <summary>What the gateway tells about itself.</summary>
internal sealed class StatusSettings : ISettings
{
    public static string Section => "Gateway:Status";

    /// <summary>How many clients may watch <c>/gateway/status/stream</c> at once, else 503.</summary>
    [Range(1, 1_000_000, ErrorMessage = "must be from 1 to 1000000.")]
    public int MaxStreams { get; set; } = 1000;
}
