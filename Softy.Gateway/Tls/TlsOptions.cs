using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Authentication;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Tls;

/// <summary>
/// How the gateway ends TLS. It is on when there is a certificate at the start; without one the gateway speaks plain
/// HTTP only. Certificates may change while it runs, the port may not.
/// </summary>
internal sealed class TlsOptions : IGatewayOptions, IValidatableObject
{
    private const string Tls12 = "1.2";
    private const string Tls13 = "1.3";

    public static string Section => "Gateway:Tls";

    /// <summary>The port of the TLS endpoint, on the addresses of the plain one. Read at the start.</summary>
    [Range(1, 65_535, ErrorMessage = "must be from 1 to 65535.")]
    public int Port { get; set; } = 8443;

    /// <summary>
    /// The port by which clients reach the TLS endpoint, where it is another than <see cref="Port"/>: a container's
    /// published one. 0 where it is the same. It is in redirects, and in the announcement of HTTP/3.
    /// </summary>
    [Range(0, 65_535, ErrorMessage = "must be from 0, for the same as Port, to 65535.")]
    public int PublicPort { get; set; }

    /// <summary>
    /// Whether HTTP/3 is spoken and announced, where the platform has QUIC: libmsquic, on Linux. Read at the start.
    /// </summary>
    public bool Http3 { get; set; } = true;

    /// <summary>
    /// The certificates. A client gets the one that has the name it asks for; the first, where none has it or it asks
    /// for none. Entries without a file are skipped, so that a variable may be left empty.
    /// </summary>
    public CertificateOptions[] Certificates { get; set; } = [];

    /// <summary>The folder that paths of files are relative to; the working folder where it is empty.</summary>
    /// <value>the path of a folder</value>
    public string Folder { get; set; } = "";

    /// <summary>The oldest version of TLS that is spoken: 1.2 or 1.3.</summary>
    [AllowedValues(Tls12, Tls13, ErrorMessage = "must be 1.2 or 1.3.")]
    public string MinVersion { get; set; } = Tls12;

    /// <summary>Whether there is a certificate.</summary>
    public bool IsEnabled => ConfiguredCertificates.Any();

    /// <summary>The port that clients are told.</summary>
    public int ClientPort => PublicPort == 0 ? Port : PublicPort;

    /// <summary>The entries that name a file.</summary>
    public IEnumerable<CertificateOptions> ConfiguredCertificates =>
        Certificates
            .Where(certificate => certificate.File.Length > 0)
            .Select(certificate => certificate.ResolvePaths(Folder));

    /// <summary>The versions that are spoken.</summary>
    public SslProtocols Protocols => MinVersion == Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (index, certificate) in Certificates.Index())
        {
            if (Check(certificate) is { } error)
            {
                var place = index.ToString(CultureInfo.InvariantCulture);
                yield return new ValidationResult($"Certificates:{place} {error}");
            }
        }
    }

    private string? Check(CertificateOptions certificate)
    {
        if (certificate.File.Length == 0)
        {
            return certificate.Key.Length == 0 ? null : "has a Key and no File; it must name the certificate's file.";
        }

        try
        {
            using var loaded = ServerCertificate.Load(CertificateFiles.Read(certificate.ResolvePaths(Folder)));
            return null;
        }
        catch (CertificateException exception)
        {
            return $"cannot be used: {exception.Message}";
        }
    }
}
