using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.Failover;

/// <summary>When a failed request is sent to another replica.</summary>
internal sealed class FailoverOptions : IGatewayOptions, IValidatableObject
{
    private static readonly string[] _defaultKeyPaths = ["/api/messages", "/api/visits"];

    public static string Section => "Gateway:Failover";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>Whether requests that failed on one replica are sent to another one.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// How many other replicas are tried at most, each of them once. The limit keeps a request that crashes replicas
    /// from crashing all of them.
    /// </summary>
    [Range(1, 100, ErrorMessage = "must be from 1 to 100.")]
    public int MaxRetries { get; set; } = 3;

    /// <summary>
    /// How many retries are allowed, in percent of the cluster's requests in the last ten seconds. The limit keeps a
    /// failure of all replicas from multiplying their load. Retries after a failed connection do not count, because
    /// they put no load on the failed replica.
    /// </summary>
    [Range(0, 100, ErrorMessage = "must be from 0 to 100 percent.")]
    public int RetryPercent { get; set; } = 20;

    /// <summary>How many retries per second are always allowed, regardless of <see cref="RetryPercent"/>.</summary>
    [Range(0, 10_000, ErrorMessage = "must be from 0 to 10000.")]
    public int MinRetriesPerSecond { get; set; } = 3;

    /// <summary>
    /// How long all attempts of one request may take together until a response starts. It does not limit the first
    /// attempt, because large bodies take time; <c>Limits:ActivityTimeout</c> does. After such a timeout there is at
    /// most one retry, and only if this deadline is longer.
    /// </summary>
    [Duration("00:00:00.100", "1.00:00:00", ErrorMessage = "must be from 00:00:00.100 to 1.00:00:00.")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// How many bytes of a request's body are buffered for retries. Requests with larger bodies are not retried.
    /// </summary>
    [Range(0, 16 * 1024 * 1024, ErrorMessage = "must be from 0 to 16777216 bytes.")]
    public int BufferLimit { get; set; } = 64 * 1024;

    /// <summary>Which of the status codes 502, 503 and 504 of a replica cause a retry; none by default.</summary>
    public int[] StatusCodes { get; set; } = [];

    /// <summary>
    /// The paths at which the service detects repeated requests by their <c>Idempotency-Key</c>. The default is
    /// <c>/api/messages</c> and <c>/api/visits</c>. At other paths, the key does not make a request repeatable.
    /// </summary>
    public string[]? IdempotencyKeyPaths { get; set; }

    /// <summary>How long connecting to a replica may take before another replica is tried.</summary>
    [Duration("00:00:00.050", "00:05:00", ErrorMessage = "must be from 00:00:00.050 to 00:05:00.")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether the service at this path honours an <c>Idempotency-Key</c>.</summary>
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
