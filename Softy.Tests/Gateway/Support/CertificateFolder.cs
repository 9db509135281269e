using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Softy.Tests.Gateway.Support;

/// <summary>A folder with certificates of a test authority: root, intermediate, and server.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private const string Password = "pass word";
    private const string Intermediate = "Softy test intermediate";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly DateTimeOffset _from = DateTimeOffset.UtcNow.AddDays(-30);
    private static readonly PbeParameters _encryption = new(
        PbeEncryptionAlgorithm.Aes256Cbc,
        HashAlgorithmName.SHA256,
        iterationCount: 1000
    );

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softy-tls-");
    private readonly X509Certificate2 _intermediate;

    public CertificateFolder()
    {
        Root = CreateAuthority("Softy test root", issuer: null);
        _intermediate = CreateAuthority(Intermediate, Root);
    }

    /// <summary>The root, which clients must trust.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The password of encrypted keys.</summary>
    public static string KeyPassword => Password;

    /// <summary>Whether a certificate is from a test authority, whatever its name and validity.</summary>
    public static bool IsMadeUp(X509Certificate? certificate) => certificate?.Issuer == $"CN={Intermediate}";

    public string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    /// <summary>
    /// Writes <c>NAME.pem</c>, which contains the server's certificate and the intermediate, and <c>NAME.key</c>.
    /// </summary>
    /// <returns>The server's certificate.</returns>
    public X509Certificate2 WritePem(string name, string[] hosts, DateTimeOffset? until = null, bool encrypted = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = Create(hosts, key, until ?? DateTimeOffset.UtcNow.AddDays(30));
        Replace(
            $"{name}.key",
            encrypted ? key.ExportEncryptedPkcs8PrivateKeyPem(Password, _encryption) : key.ExportPkcs8PrivateKeyPem()
        );
        Replace($"{name}.pem", $"{certificate.ExportCertificatePem()}\n{_intermediate.ExportCertificatePem()}\n");
        return certificate;
    }

    /// <summary>Writes <c>NAME.pfx</c>, with a password.</summary>
    /// <returns>The server's certificate.</returns>
    public X509Certificate2 WritePfx(string name, params string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = Create(hosts, key, DateTimeOffset.UtcNow.AddDays(30));
        using var withKey = certificate.CopyWithPrivateKey(key);
        X509Certificate2Collection all = [withKey, X509CertificateLoader.LoadCertificate(_intermediate.RawData)];
        Replace($"{name}.pfx", all.Export(X509ContentType.Pkcs12, Password)!);
        return certificate;
    }

    /// <summary>Replaces a file atomically, as tools that renew certificates do.</summary>
    public void Replace(string name, string content) => Replace(name, System.Text.Encoding.ASCII.GetBytes(content));

    /// <summary>Sets the permissions of a file, if the platform supports that.</summary>
    public void SetMode(string name, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path(name), mode);
        }
    }

    /// <summary>A client that trusts the root, and connects to one address for every host.</summary>
    /// <param name="gateway">The address.</param>
    /// <param name="host">The host in the URL.</param>
    /// <param name="configure">Configures the client further.</param>
    public HttpClient CreateClient(Uri gateway, string host, Action<SocketsHttpHandler>? configure = null)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Parse(gateway.Host), gateway.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { Root },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        configure?.Invoke(handler);
        return new HttpClient(handler) { BaseAddress = new UriBuilder("https", host, gateway.Port).Uri };
    }

    public void Dispose()
    {
        _intermediate.Dispose();
        Root.Dispose();
        _folder.Delete(recursive: true);
    }

    private static X509Certificate2 CreateAuthority(string name, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (issuer is null)
        {
            return request.CreateSelfSigned(_from, DateTimeOffset.UtcNow.AddYears(1));
        }

        using var certificate = request.Create(issuer, _from, DateTimeOffset.UtcNow.AddDays(60), Serial());
        return certificate.CopyWithPrivateKey(key);
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return serial;
    }

    private X509Certificate2 Create(string[] hosts, ECDsa key, DateTimeOffset until)
    {
        var request = new CertificateRequest($"CN={hosts[0]}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        return request.Create(_intermediate, _from.AddDays(1), until, Serial());
    }

    private void Replace(string name, byte[] content)
    {
        var draft = $"{name}.draft";
        File.WriteAllBytes(Path(draft), content);
        SetMode(draft, Private);
        File.Move(Path(draft), Path(name), overwrite: true);
    }
}
