using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Health;

/// <summary>Active health: asking each destination how it is.</summary>
internal sealed class ProbeOptions : IGatewayOptions
{
    private const string PathError =
        "must be a path such as /health: one slash first, then only characters that a URL may have there.";

    public static string Section => "Gateway:Health:Active";

    /// <summary>
    /// Whether destinations are probed at all. Without probes every destination counts as well until requests to it fail.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The time from the end of one probe to the next.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00", ErrorMessage = "must be from 00:00:00.050 to 01:00:00.")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a destination may take to answer a probe. After that the probe has failed, unless the destination has
    /// answered requests meanwhile: then it is busy, not sick.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00", ErrorMessage = "must be from 00:00:00.050 to 01:00:00.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The path that is asked for, perhaps with a query. It cannot name another host.</summary>
    [Required(ErrorMessage = PathError)]
    [RegularExpression(
        @"^/(?:[!$%&'()*+,\-.:;=?@_~A-Za-z0-9][!$%&'()*+,\-./:;=?@_~A-Za-z0-9]*)?$",
        ErrorMessage = PathError
    )]
    public string Path { get; set; } = "/health";

    /// <summary>How many probes in a row must fail before a healthy destination counts as unhealthy.</summary>
    [Range(1, 100, ErrorMessage = "must be from 1 to 100.")]
    public int FailureThreshold { get; set; } = 2;

    /// <summary>
    /// How long a destination at whose address nobody listened may answer probes badly, after it has begun to listen,
    /// before it counts as unhealthy: it is still starting, and no part of the service yet.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "must be from 00:00:00 to 01:00:00.")]
    public TimeSpan StartPeriod { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a destination must say, in the header <c>X-Softy-Service</c> of its answer to a probe, that it is a replica
    /// of the service, <c>api</c> or <c>web</c>, before it gets requests. Where addresses are given out again soon, by a
    /// container engine for example, this keeps requests from whoever has got a replica's address after it. Off by default,
    /// because other servers do not send the header. Without probes it has no effect.
    /// </summary>
    public bool ExpectService { get; set; }
}
