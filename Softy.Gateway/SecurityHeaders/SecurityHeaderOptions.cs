using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.SecurityHeaders;

/// <summary>Headers that are added to every response.</summary>
internal sealed partial class SecurityHeaderOptions : IGatewayOptions, IValidatableObject
{
    public static string Section => "Gateway:SecurityHeaders";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// The headers by name, for example <c>X-Content-Type-Options</c>: <c>nosniff</c>. If a replica sets the same
    /// header, the replica's value is sent. Headers with an empty value are not sent.
    /// </summary>
    public Dictionary<string, string> Headers { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, value) in Headers)
        {
            if (!HeaderName().IsMatch(name))
            {
                yield return new ValidationResult(
                    $"Headers has '{name}'; it must hold names of headers, such as X-Frame-Options."
                );
            }
            else if (IsFramingHeader(name))
            {
                yield return new ValidationResult($"Headers has '{name}', which only the server may set.");
            }
            else if (!HeaderValue().IsMatch(value))
            {
                yield return new ValidationResult($"Headers:{name} must be of visible ASCII characters and spaces.");
            }
        }
    }

    private static bool IsFramingHeader(string name) =>
        name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^[!#$%&'*+.^_`|~0-9A-Za-z-]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HeaderName();

    [GeneratedRegex(@"^[ -~]*\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HeaderValue();
}
