using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.Limits;

/// <summary>Limits of size, time, rate and concurrency.</summary>
internal sealed class LimitOptions : IGatewayOptions
{
    private const string Duration = "must be from 00:00:00.100 to 1.00:00:00.";

    public static string Section => "Gateway:Limits";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>The largest request body in bytes, else 413; 0 for no limit.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "must be 0, for no limit, or a number of bytes.")]
    public long MaxRequestBodySize { get; set; } = 30_000_000;

    /// <summary>The largest total size of a request's headers in bytes, else 431.</summary>
    [Range(1024, 1024 * 1024, ErrorMessage = "must be from 1024 to 1048576 bytes.")]
    public int MaxRequestHeadersSize { get; set; } = 32 * 1024;

    /// <summary>How long a client may take to send a request's headers, else 408.</summary>
    [Duration("00:00:00.100", "1.00:00:00", ErrorMessage = Duration)]
    public TimeSpan RequestHeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The minimum rate in bytes per second at which a client must send a request's body after the grace period, else
    /// 408; 0 for no limit.
    /// </summary>
    [Range(0, 1024 * 1024 * 1024, ErrorMessage = "must be 0, for no limit, or a number of bytes a second.")]
    public int MinRequestBodyRate { get; set; } = 240;

    /// <summary>How long a client may stay below <see cref="MinRequestBodyRate"/>.</summary>
    [Duration("00:00:01.001", "1.00:00:00", ErrorMessage = "must be more than 00:00:01, and at most 1.00:00:00.")]
    public TimeSpan RequestBodyGracePeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a connection between the gateway and a replica may be inactive, with no response and no data, else 504.
    /// </summary>
    [Duration("00:00:00.100", "1.00:00:00", ErrorMessage = Duration)]
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many requests may be in progress at the same time; 0 for no limit.</summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0, for no limit, to 1000000.")]
    public int MaxConcurrentRequests { get; set; }

    /// <summary>How many requests may wait in the queue; others are rejected with 503.</summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0 to 1000000.")]
    public int MaxQueuedRequests { get; set; } = 1000;

    /// <summary>
    /// How many event streams may be open at the same time, else 503; 0 for no limit. Neither they nor WebSockets count
    /// towards <see cref="MaxConcurrentRequests"/>.
    /// </summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0, for no limit, to 1000000.")]
    public int MaxEventStreams { get; set; } = 20_000;

    /// <summary>How many WebSockets may be open at the same time, else 503; 0 for no limit.</summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0, for no limit, to 1000000.")]
    public int MaxWebSockets { get; set; } = 1000;

    /// <summary>
    /// How many requests per second one client may send, else 429; 0 for no limit. All addresses of an IPv6 network of
    /// 64 bits count as one client, because providers assign a whole network to each customer.
    /// </summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0, for no limit, to 1000000.")]
    public int RequestsPerSecondPerClient { get; set; }

    /// <summary>How many requests a client may send at once after a pause; 0 for as many as per second.</summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0 to 1000000.")]
    public int BurstPerClient { get; set; }
}
