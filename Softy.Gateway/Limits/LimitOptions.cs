using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Limits;

/// <summary>What the gateway lets through, and for how long.</summary>
internal sealed class LimitOptions : IGatewayOptions
{
    private const string Duration = "must be from 00:00:00.100 to 1.00:00:00.";

    public static string Section => "Gateway:Limits";

    /// <summary>The largest request body in bytes, else 413; 0 for no limit.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "must be 0, for no limit, or a number of bytes.")]
    public long MaxRequestBodySize { get; set; } = 30_000_000;

    /// <summary>The largest sum of a request's headers in bytes, else 431.</summary>
    [Range(1024, 1024 * 1024, ErrorMessage = "must be from 1024 to 1048576 bytes.")]
    public int MaxRequestHeadersSize { get; set; } = 32 * 1024;

    /// <summary>How long a client may take to send a request's headers, else 408.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00", ErrorMessage = Duration)]
    public TimeSpan RequestHeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How fast a client must send a request's body after the grace period, in bytes a second, else 408; 0 for no
    /// limit.
    /// </summary>
    [Range(0, 1024 * 1024 * 1024, ErrorMessage = "must be 0, for no limit, or a number of bytes a second.")]
    public int MinRequestBodyRate { get; set; } = 240;

    /// <summary>
    /// How long a client may stay below <see cref="MinRequestBodyRate"/>.
    /// </summary>
    [Range(
        typeof(TimeSpan),
        "00:00:01.001",
        "1.00:00:00",
        ErrorMessage = "must be more than 00:00:01, and at most 1.00:00:00."
    )]
    public TimeSpan RequestBodyGracePeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long nothing may happen between the gateway and a replica: no answer, no byte of a body; else 504.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00", ErrorMessage = Duration)]
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many requests may be under way at once; 0 for no limit.</summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0, for no limit, to 1000000.")]
    public int MaxConcurrentRequests { get; set; }

    /// <summary>How many more requests may wait for their turn, before the next is refused with 503.</summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0 to 1000000.")]
    public int MaxQueuedRequests { get; set; } = 1000;

    /// <summary>
    /// How many event streams may be open at once, else 503; 0 for no limit. They are not among
    /// <see cref="MaxConcurrentRequests"/>, and neither are WebSockets.
    /// </summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0, for no limit, to 1000000.")]
    public int MaxEventStreams { get; set; } = 20_000;

    /// <summary>How many WebSockets may be open at once, else 503; 0 for no limit.</summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0, for no limit, to 1000000.")]
    public int MaxWebSockets { get; set; } = 1000;

    /// <summary>
    /// How many requests a second one client may send, else 429; 0 for no limit. The addresses of an IPv6 network of
    /// 64 bits are one client: that is what a provider gives to one.
    /// </summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0, for no limit, to 1000000.")]
    public int RequestsPerSecondPerClient { get; set; }

    /// <summary>
    /// How many requests a client may send at once after a pause; as many as in a second where it is 0.
    /// </summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0 to 1000000.")]
    public int BurstPerClient { get; set; }
}
