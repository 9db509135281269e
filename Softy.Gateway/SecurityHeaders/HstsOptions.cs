using System.Globalization;
using Softy.Gateway.Configuration;
using Softy.ServiceDefaults.Configuration;

namespace Softy.Gateway.SecurityHeaders;

/// <summary>
/// Whether browsers are told to use only HTTPS for this host (RFC 6797). It is off by default, because browsers
/// remember it for a long time: turn it on when the certificate is permanent.
/// </summary>
internal sealed class HstsOptions : IGatewayOptions
{
    public static string Section => "Gateway:Hsts";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>How long browsers remember it; 0 to send no header.</summary>
    [Duration("00:00:00", "3650.00:00:00", ErrorMessage = "must be from 00:00:00, for off, to 3650.00:00:00.")]
    public TimeSpan MaxAge { get; set; }

    /// <summary>Whether it applies to all subdomains.</summary>
    public bool IncludeSubDomains { get; set; }

    /// <summary>Whether browser vendors may include the host in their preload lists.</summary>
    public bool Preload { get; set; }

    /// <summary>The value of the header, or null if it is not sent.</summary>
    public string? Header =>
        MaxAge == TimeSpan.Zero
            ? null
            : string.Concat(
                string.Create(CultureInfo.InvariantCulture, $"max-age={MaxAge.TotalSeconds:F0}"),
                IncludeSubDomains ? "; includeSubDomains" : "",
                Preload ? "; preload" : ""
            );
}
