using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Softy.Gateway.Tls;

/// <summary>A certificate with its private key and its chain.</summary>
internal sealed class ServerCertificate : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly Lazy<SslStreamCertificateContext> _context;

    private ServerCertificate(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        _certificate = certificate;
        // Created on first use, because the chain may have to be downloaded.
        _context = new Lazy<SslStreamCertificateContext>(() => SslStreamCertificateContext.Create(certificate, chain));
        Names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
            ? [.. names.EnumerateDnsNames()]
            : [];
    }

    /// <summary>The certificate's DNS names, such as <c>example.org</c> and <c>*.example.org</c>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// The state that all handshakes share: the chain, the OCSP response and the sessions that can be resumed.
    /// </summary>
    public SslStreamCertificateContext Context => _context.Value;

    /// <summary>Loads a certificate from the contents of its files.</summary>
    /// <exception cref="CertificateException">The certificate is invalid or has no private key.</exception>
    public static ServerCertificate Load(CertificateFiles files)
    {
        var path = files.Options.File;
        try
        {
            return IsPem(files.Certificate) ? LoadPem(files) : LoadPfx(files);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CertificateException(
                $"'{path}' and its key are not a valid certificate, or the password is wrong: {exception.Message}"
            );
        }
    }

    /// <summary>Checks the period of validity.</summary>
    /// <returns>The problem, or null if the certificate is valid.</returns>
    public string? CheckValidity(DateTimeOffset now)
    {
        var (from, to) = (_certificate.NotBefore.ToUniversalTime(), _certificate.NotAfter.ToUniversalTime());
        return now.UtcDateTime >= from && now.UtcDateTime <= to
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"it is valid from {from:u} to {to:u} only");
    }

    public void Dispose() => _certificate.Dispose();

    private static bool IsPem(byte[] content) => content.AsSpan().IndexOf("-----BEGIN "u8) >= 0;

    private static ServerCertificate LoadPem(CertificateFiles files)
    {
        var text = Encoding.ASCII.GetString(files.Certificate);
        var keyText = files.Key is null ? text : Encoding.ASCII.GetString(files.Key);
        if (!keyText.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new CertificateException(
                files.Key is null
                    ? $"'{files.Options.File}' has no private key; name the key's file in Key."
                    : $"'{files.Options.Key}' has no private key."
            );
        }

        var isEncrypted = keyText.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal);
        if (isEncrypted && files.Password is null)
        {
            throw new CertificateException("its key is encrypted; name its password in Password or PasswordFile.");
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(text);
        var certificate = isEncrypted
            ? X509Certificate2.CreateFromEncryptedPem(text, keyText, files.Password)
            : X509Certificate2.CreateFromPem(text, keyText);
        return new ServerCertificate(Usable(certificate), chain);
    }

    private static ServerCertificate LoadPfx(CertificateFiles files)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(files.Certificate, files.Password);
        var certificate =
            all.FirstOrDefault(one => one.HasPrivateKey)
            ?? throw new CertificateException($"'{files.Options.File}' has no private key.");
        return new ServerCertificate(certificate, all);
    }

    // On Windows, TLS cannot use a key that exists only in memory.
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
    }
}
