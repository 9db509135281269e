using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Health;

/// <summary>Passive health: what real requests tell about a destination.</summary>
internal sealed class EjectionOptions : IGatewayOptions, IValidatableObject
{
    private const string Duration = "must be from 00:00:00.100 to 1.00:00:00.";

    public static string Section => "Gateway:Health:Passive";

    /// <summary>Whether failing destinations are taken out.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many requests in a row must fail before a destination is taken out.</summary>
    [Range(1, 1000, ErrorMessage = "must be from 1 to 1000.")]
    public int FailureThreshold { get; set; } = 5;

    /// <summary>
    /// Which status codes count as failures of the destination, beside broken connections and timeouts; none by
    /// default. A client that knows one URL with an error in it could otherwise take replicas out, and 503 is what
    /// every replica says when a store that all of them share is down.
    /// </summary>
    public int[] StatusCodes { get; set; } = [];

    /// <summary>
    /// The largest share of a cluster's destinations, in percent, that failing requests may take out at the same time.
    /// One may always be taken out, as long as another one takes requests.
    /// </summary>
    [Range(0, 100, ErrorMessage = "must be from 0 to 100 percent.")]
    public int MaxEjectedPercent { get; set; } = 50;

    /// <summary>How long a destination stays out before it is tried again; doubled each time it fails the trial.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00", ErrorMessage = Duration)]
    public TimeSpan EjectionTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The longest time that a destination stays out before it is tried again; not less than
    /// <see cref="EjectionTime"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00", ErrorMessage = Duration)]
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether an answer with this status code is a failure of the destination.</summary>
    public bool IsFailure(int statusCode) => Enabled && Array.IndexOf(StatusCodes, statusCode) >= 0;

    /// <summary>How many of so many destinations may be out at the same time.</summary>
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
