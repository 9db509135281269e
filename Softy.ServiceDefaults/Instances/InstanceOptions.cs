using System.ComponentModel.DataAnnotations;

namespace Softy.ServiceDefaults.Instances;

/// <summary>Which replica this process is. Read from the configuration section <c>Instance</c>.</summary>
public sealed class InstanceOptions
{
    /// <summary>The configuration section that the options are read from.</summary>
    public const string SectionName = "Instance";

    /// <summary>
    /// The replica's name, for example <c>api-2</c>, which each response has in the header <c>X-Softy-Instance</c>. The
    /// host's name where none is configured.
    /// </summary>
    [Required]
    [RegularExpression(
        "^[!-~]{1,128}$",
        ErrorMessage = "Instance:Name must be 1 to 128 visible ASCII characters, because it is sent in a header."
    )]
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>
    /// The service that this process is a replica of, for example <c>api</c>. Where none is configured, it is
    /// <c>OTEL_SERVICE_NAME</c>, or else the program's name.
    /// </summary>
    [Required]
    [RegularExpression(
        "^[!-~]{1,128}$",
        ErrorMessage = "Instance:Service must be 1 to 128 visible ASCII characters, because it is sent in a header."
    )]
    public string Service { get; set; } = "";

    /// <summary>The replica's number, from 1; <see langword="null"/> where replicas are not numbered.</summary>
    [Range(1, int.MaxValue, ErrorMessage = "Instance:Number must be at least 1.")]
    public int? Number { get; set; }
}
