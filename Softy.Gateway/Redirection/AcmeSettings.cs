using System.ComponentModel.DataAnnotations;
using Softy.Gateway.Settings;

namespace Softy.Gateway.Redirection;

/// <summary>How certificate authorities see that a host is this one, by the challenge http-01 of ACME (RFC 8555).</summary>
internal sealed class AcmeSettings : ISettings, IValidatableObject
{
    public static string Section => "Gateway:Acme";

    /// <summary>
    /// The folder that the ACME client knows as the web root: it writes to <c>.well-known/acme-challenge</c> in there.
    /// Empty where challenges are the web site's to answer.
    /// </summary>
    public string Folder { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Folder.Length > 0 && !Directory.Exists(Folder))
        {
            yield return new ValidationResult("must be a folder that exists.", [nameof(Folder)]);
        }
    }
}
