using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Failover;

/// <summary>When a request that one replica failed is sent to another one.</summary>
internal sealed class FailoverSettings : ISettings, IValidatableObject
{
    public static string Section => "Gateway:Failover";

    /// <summary>Whether requests are sent again at all.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many other replicas are asked at most, each once. A request that kills replicas must not meet them all.</summary>
    [Range(1, 100, ErrorMessage = "must be from 1 to 100.")]
    public int MaxRetries { get; set; } = 3;

    /// <summary>How many bytes of a request's body are kept for sending them again; larger requests are not sent again.</summary>
    [Range(0, 16 * 1024 * 1024, ErrorMessage = "must be from 0 to 16777216 bytes.")]
    public int BufferLimit { get; set; } = 64 * 1024;

    /// <summary>Which of 502, 503 and 504 from a replica count as a failure of the request; none by default.</summary>
    public int[] StatusCodes { get; set; } = [];

    /// <summary>How long a replica may take to accept a connection.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00", ErrorMessage = "must be from 00:00:00.050 to 00:05:00.")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StatusCodes.Any(code => code is < 502 or > 504))
        {
            yield return new ValidationResult("must hold no other codes than 502, 503 and 504.", [nameof(StatusCodes)]);
        }
    }
}
