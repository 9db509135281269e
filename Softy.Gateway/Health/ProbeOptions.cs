using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.Health;

/// <summary>Active health checks: probes of each destination.</summary>
internal sealed class ProbeOptions : IGatewayOptions
{
    private const string PathError =
        "must be a path such as /health: one slash first, then only characters that a URL may have there.";

    public static string Section => "Gateway:Health:Active";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// Whether destinations are probed. Without probes, a destination counts as healthy until requests to it fail.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The time between the end of one probe and the start of the next.</summary>
    [Duration("00:00:00.050", "01:00:00", ErrorMessage = "must be from 00:00:00.050 to 01:00:00.")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a healthy destination is asked to hold back its answer to a probe while nobody uses the gateway, in
    /// whole seconds; 0 for not at all. It answers earlier when it begins to drain, and a destination that ends closes
    /// the connection. The next request starts a probe at once. Other servers than Softy's answer immediately, so they
    /// get a probe at each <c>Interval</c>.
    /// </summary>
    [Duration("00:00:00", "00:01:00", ErrorMessage = "must be from 00:00:00 to 00:01:00.")]
    public TimeSpan Hold { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a destination may take to answer a probe. After a timeout, the destination counts as busy instead of
    /// unhealthy if it has answered other requests meanwhile.
    /// </summary>
    [Duration("00:00:00.050", "01:00:00", ErrorMessage = "must be from 00:00:00.050 to 01:00:00.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The path of the probe, optionally with a query. It cannot name another host.</summary>
    [Required(ErrorMessage = PathError)]
    [RegularExpression(
        @"^/(?:[!$%&'()*+,\-.:;=?@_~A-Za-z0-9][!$%&'()*+,\-./:;=?@_~A-Za-z0-9]*)?$",
        ErrorMessage = PathError
    )]
    public string Path { get; set; } = "/health";

    /// <summary>How many probes in a row must fail before a healthy destination becomes unhealthy.</summary>
    [Range(1, 100, ErrorMessage = "must be from 1 to 100.")]
    public int FailureThreshold { get; set; } = 2;

    /// <summary>
    /// How long probes of a starting destination may fail before it becomes unhealthy. The time starts when the
    /// destination accepts its first connection. Until it is ready, it is not part of the service.
    /// </summary>
    [Duration("00:00:00", "01:00:00", ErrorMessage = "must be from 00:00:00 to 01:00:00.")]
    public TimeSpan StartPeriod { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a destination only gets requests if it reports the name of its service, <c>api</c> or <c>web</c>, in the
    /// header <c>X-Softy-Service</c> of its answers to probes. Where addresses are reused quickly, for example by a
    /// container engine, this keeps requests from another program that got the address of a former replica. It is off
    /// by default, because other servers do not send the header. It has no effect without probes.
    /// </summary>
    public bool ExpectService { get; set; }
}
