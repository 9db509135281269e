// Aspire's API for developer certificates is experimental.
#pragma warning disable ASPIRECERTIFICATES001

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Softy.Tests.Application;

/// <summary>
/// A developer certificate for one application, which then serves HTTPS. No store of the machine has it, because tests
/// do not change what the machine trusts.
/// </summary>
internal sealed class DeveloperCertificate : IDeveloperCertificateService
{
    private const string Name = "CN=localhost";

    public ImmutableList<X509Certificate2> Certificates { get; } = [Create()];

    public bool SupportsContainerTrust => false;

    public bool UseForHttps => true;

    public bool TrustCertificate => false;

    public bool LatestCertificateIsUntrusted => false;

    /// <summary>Whether a certificate is one of these.</summary>
    public static bool IsOne(X509Certificate? certificate) => certificate?.Subject == Name;

    private static X509Certificate2 Create()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(Name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
