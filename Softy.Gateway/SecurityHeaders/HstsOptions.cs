using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.SecurityHeaders;

/// <summary>
/// Whether browsers are told to use nothing but HTTPS for this host (RFC 6797). Off by default: they cannot be told
/// otherwise soon, so the certificate had better be there to stay.
/// </summary>
internal sealed class HstsOptions : IGatewayOptions
{
    public static string Section => "Gateway:Hsts";

    /// <summary>How long browsers remember it; 0 for not at all, and then nothing is sent.</summary>
    [Range(
        typeof(TimeSpan),
        "00:00:00",
        "3650.00:00:00",
        ErrorMessage = "must be from 00:00:00, for off, to 3650.00:00:00."
    )]
    public TimeSpan MaxAge { get; set; }

    /// <summary>Whether it holds for all hosts below this one, too.</summary>
    public bool IncludeSubDomains { get; set; }

    /// <summary>Whether browsers' makers may put the host on the list that comes with the browser.</summary>
    public bool Preload { get; set; }

    /// <summary>The header's value; null for none.</summary>
    public string? Header =>
        MaxAge == TimeSpan.Zero
            ? null
            : string.Concat(
                string.Create(CultureInfo.InvariantCulture, $"max-age={MaxAge.TotalSeconds:F0}"),
                IncludeSubDomains ? "; includeSubDomains" : "",
                Preload ? "; preload" : ""
            );
}
