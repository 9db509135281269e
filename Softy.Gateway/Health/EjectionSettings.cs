using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Health;

/// <summary>Passive health: what real requests tell about a destination.</summary>
internal sealed class EjectionSettings : ISettings, IValidatableObject
{
    private static readonly int[] _serverErrors = [Microsoft.AspNetCore.Http.StatusCodes.Status500InternalServerError];

    public static string Section => "Gateway:Health:Passive";

    /// <summary>Whether failing destinations are taken out.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many requests in a row must fail before a destination is taken out.</summary>
    [Range(1, 1000, ErrorMessage = "must be from 1 to 1000.")]
    public int FailureThreshold { get; set; } = 5;

    /// <summary>
    /// Which status codes count as failures of the destination; 500 alone where none is configured. 503 is what a
    /// replica says when a store that all of them share is down, and taking them all out would help nobody.
    /// </summary>
    public int[]? StatusCodes { get; set; }

    /// <summary>How long a destination stays out before it is tried again; doubled each time it fails the trial.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00", ErrorMessage = "must be from 00:00:00.100 to 1.00:00:00.")]
    public TimeSpan EjectionTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest time that a destination stays out before it is tried again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00", ErrorMessage = "must be from 00:00:00.100 to 1.00:00:00.")]
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    public bool IsFailure(int statusCode) =>
        statusCode >= Microsoft.AspNetCore.Http.StatusCodes.Status400BadRequest && Array.IndexOf(StatusCodes ?? _serverErrors, statusCode) >= 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StatusCodes?.Any(code => code is < 400 or > 599) == true)
        {
            yield return new ValidationResult("StatusCodes must hold codes from 400 to 599.");
        }

        if (MaxEjectionTime < EjectionTime)
        {
            yield return new ValidationResult("must not be less than EjectionTime.", [nameof(MaxEjectionTime)]);
        }
    }
}
