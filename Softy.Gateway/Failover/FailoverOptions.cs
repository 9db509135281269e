using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Failover;

/// <summary>When a request that one replica failed is sent to another one.</summary>
internal sealed class FailoverOptions : IGatewayOptions, IValidatableObject
{
    private static readonly string[] _defaultKeyPaths = ["/api/messages", "/api/visits"];

    public static string Section => "Gateway:Failover";

    /// <summary>Whether a request that a replica has failed is sent to another one.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many other replicas are asked at most, each once. A request that kills replicas must not meet them all.</summary>
    [Range(1, 100, ErrorMessage = "must be from 1 to 100.")]
    public int MaxRetries { get; set; } = 3;

    /// <summary>
    /// How many of a cluster's requests in the last ten seconds, in percent, may have been sent again. It keeps a failure
    /// that all replicas share from multiplying the load on them. Where no connection could be made, no replica had any
    /// load, and sending the request elsewhere does not count.
    /// </summary>
    [Range(0, 100, ErrorMessage = "must be from 0 to 100 percent.")]
    public int RetryPercent { get; set; } = 20;

    /// <summary>How many requests a second may be sent again whatever <see cref="RetryPercent"/> says.</summary>
    [Range(0, 10_000, ErrorMessage = "must be from 0 to 10000.")]
    public int MinRetriesPerSecond { get; set; } = 3;

    /// <summary>
    /// How long all attempts at one request may take together, until a replica begins to answer. The first attempt is
    /// bounded by <c>Limits:ActivityTimeout</c> alone, because a large body may take long. A request that a replica has
    /// not answered in time is sent again once at most, and only if this is longer than that.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00", ErrorMessage = "must be from 00:00:00.100 to 1.00:00:00.")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>How many bytes of a request's body are kept for sending them again; larger requests are not sent again.</summary>
    [Range(0, 16 * 1024 * 1024, ErrorMessage = "must be from 0 to 16777216 bytes.")]
    public int BufferLimit { get; set; } = 64 * 1024;

    /// <summary>Which of 502, 503 and 504 from a replica count as a failure of the request; none by default.</summary>
    public int[] StatusCodes { get; set; } = [];

    /// <summary>
    /// The paths whose service knows a repeated request by its <c>Idempotency-Key</c>; <c>/api/messages</c> and
    /// <c>/api/visits</c> where none is configured. On all others the key makes no request repeatable.
    /// </summary>
    public string[]? IdempotencyKeyPaths { get; set; }

    /// <summary>How long a replica may take to accept a connection, before another replica gets the request.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00", ErrorMessage = "must be from 00:00:00.050 to 00:05:00.")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether the service honours an <c>Idempotency-Key</c> at this path.</summary>
    public bool HonoursIdempotencyKey(PathString path)
    {
        foreach (var honouring in IdempotencyKeyPaths ?? _defaultKeyPaths)
        {
            if (path.Equals(honouring, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StatusCodes.Any(code => code is < 502 or > 504))
        {
            yield return new ValidationResult("must hold no other codes than 502, 503 and 504.", [nameof(StatusCodes)]);
        }

        foreach (var path in (IdempotencyKeyPaths ?? []).Where(path => path is not ['/', ..]))
        {
            yield return new ValidationResult(
                $"IdempotencyKeyPaths has '{path}'; it must hold paths such as /api/messages."
            );
        }
    }
}
