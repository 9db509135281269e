using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.Health;

/// <summary>Passive health checks: how the results of requests affect a destination.</summary>
internal sealed class EjectionOptions : IGatewayOptions, IValidatableObject
{
    private const string Duration = "must be from 00:00:00.100 to 1.00:00:00.";

    public static string Section => "Gateway:Health:Passive";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>Whether failing destinations are ejected, which means that they get no requests for a while.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many requests in a row must fail before a destination is ejected.</summary>
    [Range(1, 1000, ErrorMessage = "must be from 1 to 1000.")]
    public int FailureThreshold { get; set; } = 5;

    /// <summary>
    /// Which status codes count as failures, in addition to broken connections and timeouts; none by default. Otherwise
    /// a client could eject replicas with a single URL that causes an error, and all replicas answer 503 when a shared
    /// store is down.
    /// </summary>
    public int[] StatusCodes { get; set; } = [];

    /// <summary>
    /// The largest share of a cluster's destinations, in percent, that can be ejected at the same time. One destination
    /// can always be ejected if another one takes requests.
    /// </summary>
    [Range(0, 100, ErrorMessage = "must be from 0 to 100 percent.")]
    public int MaxEjectedPercent { get; set; } = 50;

    /// <summary>
    /// How long a destination is ejected before it is tried again. The time doubles with each failed trial.
    /// </summary>
    [Duration("00:00:00.100", "1.00:00:00", ErrorMessage = Duration)]
    public TimeSpan EjectionTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The longest time for which a destination is ejected; not less than <see cref="EjectionTime"/>.
    /// </summary>
    [Duration("00:00:00.100", "1.00:00:00", ErrorMessage = Duration)]
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a response with this status code counts as a failure.</summary>
    public bool IsFailure(int statusCode) => Enabled && Array.IndexOf(StatusCodes, statusCode) >= 0;

    /// <summary>How many of <paramref name="destinations"/> may be ejected at the same time.</summary>
    public int MaxEjected(int destinations) => Math.Max(1, destinations * MaxEjectedPercent / 100);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StatusCodes.Any(code => code is < 500 or > 599))
        {
            yield return new ValidationResult("must hold codes from 500 to 599.", [nameof(StatusCodes)]);
        }

        if (MaxEjectionTime < EjectionTime)
        {
            yield return new ValidationResult("must not be less than EjectionTime.", [nameof(MaxEjectionTime)]);
        }
    }
}
