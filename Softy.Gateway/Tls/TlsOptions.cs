using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Authentication;
using Softy.Gateway.Configuration;

namespace Softy.Gateway.Tls;

/// <summary>
/// TLS termination. TLS is enabled if there is a certificate at startup; without one, the gateway serves only plain
/// HTTP. Certificates can change while the gateway runs, but the port cannot.
/// </summary>
internal sealed class TlsOptions : IGatewayOptions, IValidatableObject
{
    private const string Tls12 = "1.2";
    private const string Tls13 = "1.3";

    public static string Section => "Gateway:Tls";

    public void Bind(IConfiguration section) => section.Bind(this);

    /// <summary>
    /// The port of the TLS endpoint, which has the same addresses as the plain HTTP endpoint. Read at the start.
    /// </summary>
    [Range(1, 65_535, ErrorMessage = "must be from 1 to 65535.")]
    public int Port { get; set; } = 8443;

    /// <summary>
    /// The port at which clients reach the TLS endpoint, if it is not <see cref="Port"/>, for example the published
    /// port of a container; 0 if it is the same. It is used in redirects and in the announcement of HTTP/3.
    /// </summary>
    [Range(0, 65_535, ErrorMessage = "must be from 0, for the same as Port, to 65535.")]
    public int PublicPort { get; set; }

    /// <summary>
    /// Whether HTTP/3 is served and announced if the platform supports QUIC, which needs libmsquic on Linux. Read at
    /// the start.
    /// </summary>
    public bool Http3 { get; set; } = true;

    /// <summary>
    /// The certificates. A client gets the one for the name that it asks for, or the first one if none matches. Entries
    /// without a file are skipped, so that a variable may be empty.
    /// </summary>
    public CertificateOptions[] Certificates { get; set; } = [];

    /// <summary>The folder that relative paths of files start from; empty for the working folder.</summary>
    /// <value>the path of a folder</value>
    public string Folder { get; set; } = "";

    /// <summary>The oldest supported version of TLS: 1.2 or 1.3.</summary>
    [AllowedValues(Tls12, Tls13, ErrorMessage = "must be 1.2 or 1.3.")]
    public string MinVersion { get; set; } = Tls12;

    /// <summary>Whether a certificate is configured.</summary>
    public bool IsEnabled => ConfiguredCertificates.Any();

    /// <summary>The port that clients connect to.</summary>
    public int ClientPort => PublicPort == 0 ? Port : PublicPort;

    /// <summary>The entries that have a file, with resolved paths.</summary>
    public IEnumerable<CertificateOptions> ConfiguredCertificates =>
        Certificates
            .Where(certificate => certificate.File.Length > 0)
            .Select(certificate => certificate.ResolvePaths(Folder));

    /// <summary>The supported versions of TLS.</summary>
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
